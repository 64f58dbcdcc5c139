import { domainToASCII } from 'node:url'
import { normaliseHost } from '../../http/authority.ts'
import { Flaw, type Format } from './flaw.ts'

/** A host as a route names it: `"a.test"`, `"*.a.test"` (one label), `"**.a.test"` (one or more labels), `"*"`. */
export const hostPattern: Format<string> = {
  noun: 'a host',
  example: '"shop.example.com", "*.example.com" (one label), "**.example.com" (any depth) or "*"',
  pattern: '^(\\*{1,2}\\.)?[^*/:\\s]+$|^\\*$|^\\[[0-9A-Fa-f:.]+\\]$',
  read(text) {
    if (text === '*') return text
    const wildcard = /^\*{1,2}\./.exec(text)?.[0] ?? ''
    const rest = text.slice(wildcard.length)
    if (rest.includes('*'))
      return new Flaw('has a wildcard that is not its first label', `write ${this.example}`)
    if (/^[a-z]+:\/\//i.test(text) || rest.includes('/'))
      return new Flaw('is not a host alone', 'write the host; paths go to "path"')
    if (/[^ -~]/.test(rest))
      return new Flaw('is not ASCII', `write it as DNS has it: "${wildcard}${domainToASCII(rest)}"`)
    const host = normaliseHost(rest)
    if (host === undefined) return new Flaw('is not a host', `write ${this.example}`)
    if (hasPort(rest))
      return new Flaw('has a port, and routes match hosts on every port', `write "${wildcard}${host}"`)
    if (wildcard !== '' && (host.startsWith('[') || /^[0-9.]+$/.test(host))) {
      return new Flaw('is a wildcard before an address', `write "${host}"`)
    }
    return wildcard + host
  },
}

/** The host header that goes upstream: a host, with a port where it needs one. */
export const authority: Format<string> = {
  noun: 'a host',
  example: '"shop.example.com" or "shop.example.com:8443"',
  pattern: '^[^\\s/@]+$',
  read(text) {
    if (normaliseHost(text) === undefined) return new Flaw('is not a host', `write ${this.example}`)
    return text.toLowerCase()
  },
}

/** What a cluster sends as host: the client's (`"pass"`), the endpoint's (`"endpoint"`), or a host. */
export const upstreamHost: Format<string> = {
  noun: 'a host',
  example: '"pass", "endpoint" or a host',
  pattern: authority.pattern,
  read: (text, secrets) => authority.read(text, secrets),
}

function hasPort(text: string): boolean {
  return text.startsWith('[') ? !text.endsWith(']') : text.includes(':')
}
