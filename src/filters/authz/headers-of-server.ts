import { isEdgeField } from '../../http/edge-fields.ts'
import { isProtectedField } from '../../http/protected-fields.ts'

/**
 * Of the headers that only the gateway says (`edgeFields`), those that name a user: a server that is asked who that is may say them.
 * All others say whence a request comes, and that it does not know.
 */
const vouched = /^(?:x-forwarded-(?:user|email|groups?|preferred-username|access-token)|x-remote-(?!addr).*)$/

/** Whether a server may set a request header, in lower case; where names are listed, these and no others. */
export function maySet(name: string, listed: 'any' | readonly string[]): boolean {
  if (isProtectedField(name)) return false
  return listed === 'any' ? !isEdge(name) || vouched.test(name) : listed.includes(name)
}

/** Whether a server may take a request header away. */
export function mayRemove(name: string): boolean {
  return !isProtectedField(name) && !isEdge(name)
}

/** Whether a server may set a response header. */
export function maySetResponse(name: string): boolean {
  return !isProtectedField(name)
}

/** Of an answer of the gateway itself it says how the body is written. */
export function isOwnHeader(name: string): boolean {
  return name === 'content-encoding' || name === 'date' || name === 'x-request-id'
}

function isEdge(name: string): boolean {
  return isEdgeField(`${name}:`, 0)
}
