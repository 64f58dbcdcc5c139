/**
 * Methods that are carried. Everything else is answered with 405: an unknown method has unknown rules for bodies and
 * retries, TRACE reflects credentials, and CONNECT belongs to egress listeners.
 * RFC 9110 §9.3, RFC 5789; WebDAV's by RFC 4918, REPORT by RFC 3253, SEARCH by RFC 5323, MKCALENDAR by RFC 4791.
 */
const carried: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'MKCALENDAR',
])

/** Methods whose repetition has the effect of one (RFC 9110 §9.2.2); WebDAV's by RFC 4918. */
const idempotent: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'MKCALENDAR',
])

/** Whether the gateway carries this method; methods are case-sensitive. */
export function isCarried(method: string): boolean {
  return carried.has(method)
}

/** Whether a request with this method may be sent twice without harm. */
export function isIdempotent(method: string): boolean {
  return idempotent.has(method)
}

/** For the `allow` field of a 405 and of `OPTIONS *`. */
export const allowedMethods: string = [...carried].join(', ')
