import { utf8Bytes } from '../../http/query.ts'
import type { SecretReference, SecretSources } from '../../model/secret.ts'
import { resolveSecret } from '../../model/secret.ts'
import { regexProblem } from '../../std/regex.ts'
import { Flaw, type Format } from './flaw.ts'

/** A header's value, as the bytes it has on the wire (UTF-8, one character a byte): white space around it would be lost there. */
export const headerValue: Format<string> = {
  noun: 'a value of a header',
  example: 'text without line breaks',
  pattern: undefined,
  read(text) {
    if (text.length > 8192) return new Flaw('is longer than 8192 characters', 'write a shorter one')
    if (control.test(text)) return new Flaw('holds a line break or a control character', 'remove it')
    if (text.trim() !== text)
      return new Flaw('begins or ends with white space, which is lost on the wire', 'remove it')
    return utf8Bytes(text)
  },
}

const control = /(?!\t)\p{Cc}/u

/** A value to compare with, as text. */
export const matchedValue: Format<string> = {
  noun: 'a value',
  example: 'text',
  pattern: undefined,
  read(text) {
    if (text.length > 8192) return new Flaw('is longer than 8192 characters', 'write a shorter one')
    return control.test(text) ? new Flaw('holds a line break or a control character', 'remove it') : text
  },
}

/** A regular expression in RE2's syntax: no look-around, no back-references, linear time. */
export const regex: Format<string> = {
  noun: 'a regular expression',
  example: 'RE2 syntax, such as "/v[0-9]+/.*"',
  pattern: undefined,
  read(text) {
    const why = regexProblem(text)
    return why === undefined ? text : new Flaw(`cannot be used: ${why}`, `write ${this.example}`)
  },
}

/** What replaces a match: `$1` is what the first group took, `$$` a dollar sign. */
export const replacement: Format<string> = {
  noun: 'a replacement',
  example: 'a path such as "/v2/$1"',
  pattern: undefined,
  read: (text) =>
    /^[\x21-\x7e]*$/.test(text)
      ? text
      : new Flaw('holds a space, a control or a character above U+007F', 'percent-encode it'),
}

/** Where a secret is kept. The value is looked up once, to say now that it is missing, and not kept. */
export const secret: Format<SecretReference> = {
  noun: 'a reference to a secret',
  example: '"${TIDEGATE_ADMIN_TOKEN}" or "file:/run/secrets/tidegate-admin"',
  pattern: '^(\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}|file:/.+)$',
  read(text, secrets) {
    const reference = readReference(text)
    if (reference === undefined)
      return new Flaw(
        'is written into the file, where it does not belong',
        `write a reference: ${this.example}`,
      )
    return checkResolves(reference, secrets) ?? reference
  },
}

function readReference(text: string): SecretReference | undefined {
  const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1]
  if (name !== undefined) return { kind: 'env', name }
  return text.startsWith('file:/') ? { kind: 'file', path: text.slice(5) } : undefined
}

function checkResolves(reference: SecretReference, secrets: SecretSources): Flaw | undefined {
  const value = resolveSecret(reference, secrets)?.reveal()
  if (value !== undefined && value.length >= shortestSecret) return undefined
  const what = value === undefined ? 'is empty or not there' : `has fewer than ${shortestSecret} characters`
  if (reference.kind === 'env')
    return new Flaw(
      `names the variable ${reference.name}, which ${what}`,
      `set ${reference.name} where the gateway starts`,
    )
  return new Flaw(
    `names the file ${reference.path}, which ${what}`,
    'put the secret there, readable for the gateway',
  )
}

/** Fewer can be guessed over the network. */
const shortestSecret = 16

/** A file's path. */
export const filePath: Format<string> = {
  noun: 'a path of a file',
  example: '"/var/log/tidegate/access.log"',
  pattern: '^[^\\0]+$',
  read: (text) =>
    text === '' || text.includes('\0') || text.length > 4096
      ? new Flaw('is not a path of a file', 'write a path such as "/var/log/tidegate/access.log"')
      : text,
}

/** A media type, or all of a kind (RFC 9110 §8.3.1, RFC 6838 §4.2.8); in lower case. */
export const mediaRange: Format<string> = {
  noun: 'a media type',
  example: '"text/html", "text/*" or "application/*+json"',
  pattern: '^[A-Za-z0-9!#$&^_.+-]+/(?:[A-Za-z0-9!#$&^_.+-]+|\\*(?:\\+[A-Za-z0-9!#$&^_.-]+)?)$',
  read: (text) =>
    isMediaRange.test(text) && text.length <= 127
      ? text.toLowerCase()
      : new Flaw('is not a media type', 'write "text/html", "text/*" or "application/*+json"'),
}

const isMediaRange = /^[\w!#$&^.+-]+\/(?:[\w!#$&^.+-]+|\*(?:\+[\w!#$&^.-]+)?)$/

/** A line with a hash or digest of something secret; never shown, and read where files of such lines are. */
export const credentialLine: Format<string> = {
  noun: 'a line of credentials',
  example: 'a text such as "USER:HASH", or for a key "SHA256 ID"',
  pattern: undefined,
  read: (text) =>
    /[\r\n]/.test(text) || text.trim() === '' || text.length > 1024
      ? new Flaw('is not one line', 'write an entry for each line')
      : text,
}

/** Text the gateway sends as it is. */
export const bodyText: Format<string> = {
  noun: 'a body',
  example: 'text of at most 64 KiB',
  pattern: undefined,
  read: (text) =>
    Buffer.byteLength(text) <= 65536 ? text : new Flaw('is larger than 64 KiB', 'serve it from an upstream'),
}
