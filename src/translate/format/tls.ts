import { normaliseHost } from '../../http/authority.ts'
import type { SecretReference } from '../../model/secret.ts'
import { holdsHash } from '../../model/secret-names.ts'
import { Flaw, type Format } from './flaw.ts'

/** A file of certificates or keys; relative paths begin at the folder of the configuration file. */
export const materialFile: Format<string> = {
  noun: 'a path of a file',
  example: 'a path such as "certs/shop.crt"',
  pattern: '^[^\\0\\n]+$',
  read(text) {
    if (isContent(text))
      return new Flaw('is the content of a file', 'put it into a file, and write the path of that')
    if (text === '' || /[\0\n]/.test(text) || text.length > 4096)
      return new Flaw('is not a path of a file', `write ${this.example}`)
    return text
  },
}

/** Whether text is what a file should hold: a key, or credentials. */
export function isContent(text: string): boolean {
  return text.includes('-----BEGIN') || holdsHash(text)
}

/** Where a password is kept; looked up when what it opens is read. */
export const passwordReference: Format<SecretReference> = {
  noun: 'a reference to a password',
  example: '"${SHOP_KEY_PASSWORD}" or "file:certs/shop.password"',
  pattern: '^(\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}|file:.+)$',
  read(text) {
    const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1]
    if (name !== undefined) return { kind: 'env', name }
    if (/^file:[^\0\n]+$/.test(text)) return { kind: 'file', path: text.slice(5) }
    return new Flaw(
      'is written into the file, where it does not belong',
      `write a reference: ${this.example}`,
    )
  },
}

/** A server name, `"a.test"` or `"*.a.test"` (one label); lower case. */
export const tlsName: Format<string> = {
  noun: 'a server name',
  example: '"shop.example.com" or "*.example.com" (one label)',
  pattern: '^(\\*\\.)?[A-Za-z0-9_.-]+$',
  read(text) {
    if (text.startsWith('**.'))
      return new Flaw('takes any depth, and a certificate takes one label', `write "${text.slice(1)}"`)
    const wildcard = text.startsWith('*.') ? '*.' : ''
    const name = readName(text.slice(wildcard.length))
    if (name === undefined) return new Flaw('is not a server name', `write ${this.example}`)
    return wildcard + name
  },
}

/** What a client's certificate may be named: `"DNS:a.test"`, `"URI:spiffe://a/b"` or `"URI:spiffe://a/*"`, `"email:x@a.test"`. */
export const clientName: Format<string> = {
  noun: 'a name of a certificate',
  example: '"DNS:a.test", "URI:spiffe://a.test/b", "URI:spiffe://a.test/*" or "email:x@a.test"',
  pattern: '^(DNS|URI|email):.+$',
  read(text) {
    const colon = text.indexOf(':')
    const kind = text.slice(0, colon)
    const value = text.slice(colon + 1)
    const name =
      kind === 'URI'
        ? readUri(value.replace(/\*$/, ''), value)
        : kind === 'email'
          ? readEmail(value)
          : readAltName(kind, value)
    return name === undefined
      ? new Flaw('is not a name of a certificate', `write ${this.example}`)
      : `${kind}:${name}`
  },
}

/** What an endpoint's certificate must be named: `"DNS:a.test"` or `"URI:spiffe://a/b"`, exactly. */
export const upstreamName: Format<string> = {
  noun: 'a name of a certificate',
  example: '"DNS:api.internal" or "URI:spiffe://a.test/api"',
  pattern: '^(DNS|URI):.+$',
  read(text) {
    const colon = text.indexOf(':')
    const kind = text.slice(0, colon)
    const value = text.slice(colon + 1)
    const name = kind === 'URI' ? readUri(value, value) : readAltName(kind, value)
    return name === undefined
      ? new Flaw('is not a name of a certificate', `write ${this.example}`)
      : `${kind}:${name}`
  },
}

/** A cipher suite by OpenSSL's name; whether OpenSSL has it is found out where it is used. */
export const cipher: Format<string> = {
  noun: 'a cipher suite',
  example: 'a name such as "TLS_AES_128_GCM_SHA256" or "ECDHE-ECDSA-AES128-GCM-SHA256"',
  pattern: '^[A-Z0-9_-]+$',
  read(text) {
    return /^[A-Z0-9][A-Z0-9_-]{2,63}$/.test(text)
      ? text
      : new Flaw('is not a name of a cipher suite', `write ${this.example}`)
  },
}

/** A group of a key exchange by OpenSSL's name. */
export const curve: Format<string> = {
  noun: 'a group',
  example: 'a name such as "X25519", "P-256" or "X25519MLKEM768"',
  pattern: '^[A-Za-z0-9-]+$',
  read(text) {
    return /^[A-Za-z0-9][A-Za-z0-9-]{1,39}$/.test(text)
      ? text
      : new Flaw('is not a name of a group', `write ${this.example}`)
  },
}

/** Seconds of a long time: `"365d"`, `"12h"`, `"0s"`. */
export const age: Format<number> = {
  noun: 'an age',
  example: 'a whole number and a unit (s, m, h, d), such as "365d"',
  pattern: '^\\d+[smhd]$',
  read(text) {
    const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
    const seconds = Number(digits) * (secondsByUnit[unit] ?? 0)
    if (unit !== '' && seconds <= longestAge) return seconds
    const years = /^(\d{1,2})y$/.exec(text)?.[1]
    return new Flaw(
      'is not an age',
      `write ${years === undefined ? this.example : `"${Number(years) * 365}d"`}`,
    )
  },
}

const secondsByUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
/** Twenty years: more is a slip. */
const longestAge = 20 * 366 * 86_400

function readAltName(kind: string, value: string): string | undefined {
  return kind === 'DNS' ? readName(value) : undefined
}

function readUri(value: string, written: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/.test(value) && !value.includes('*') && value.length <= 2048
    ? written
    : undefined
}

function readEmail(value: string): string | undefined {
  return /^[\x21-\x3f\x41-\x7e]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(value) ? value : undefined
}

function readName(text: string): string | undefined {
  const host = /^[A-Za-z0-9_.-]+$/.test(text) ? normaliseHost(text) : undefined
  return host === undefined || /^[0-9.]+$/.test(host) ? undefined : host
}
