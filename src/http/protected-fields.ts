/**
 * Fields that say how a message is framed or are meant for one hop (RFC 9110 §7.6.1, RFC 9112 §6): the codec writes them,
 * so no configuration may edit them. `host` is edited by host rewrites.
 */
const protectedNames: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Whether configuration must leave the field alone: a framing or hop-by-hop field, `host`, or an HTTP/2 pseudo-field. */
export function isProtectedField(lowerName: string): boolean {
  return protectedNames.has(lowerName) || lowerName.startsWith(':')
}

/** The names `isProtectedField` knows, for messages and documents; in alphabetical order. */
export const protectedFields: readonly string[] = [...protectedNames]
