import { printedSecret as redacted } from '../model/secret.ts'
import { isSecretName } from '../model/secret-names.ts'

/** `user:password@` of a URL. */
const userinfo = /(:\/\/)[^\s/?#@]{1,256}@/g

/** `token=…`, `password: …` and the like, inside a sentence or a URL. */
const pair =
  /((?:token|secret|passw(?:or)?d|api[-_]?key|signature|authorization|cookie)["']?\s?[=:]\s?["']?)(?:(?:bearer|basic)\s)?[^\s&,;"']{1,4096}/gi

/** What follows the scheme in an Authorization header. */
const credentials = /\b(bearer|basic)\s{1,4}[\w.~+/=-]{8,4096}/gi

/** A sentence without what looks like a secret in it: messages of errors quote URLs and headers. */
export function redactText(text: string): string {
  return text
    .replace(userinfo, `$1${redacted}@`)
    .replace(pair, `$1${redacted}`)
    .replace(credentials, `$1 ${redacted}`)
}

/**
 * A query whose secret-looking values are replaced: `a=1&token=x` gives `a=1&token=[secret]`.
 * Keys are compared percent-decoded, so `%74oken` is seen too. Cost grows with the length: cut it first.
 */
export function redactQuery(query: string): string {
  if (!query.includes('=')) return query
  return query.split('&').map(redactPair).join('&')
}

function redactPair(text: string): string {
  const equals = text.indexOf('=')
  if (equals < 0) return text
  const key = text.slice(0, equals)
  return isSecretQueryKey(decode(key)) ? `${key}=${redacted}` : text
}

/** An OAuth `code` is as good as a token for a minute. */
function isSecretQueryKey(key: string): boolean {
  return key === 'code' || isSecretName(key)
}

function decode(key: string): string {
  if (!key.includes('%')) return key
  return key.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
