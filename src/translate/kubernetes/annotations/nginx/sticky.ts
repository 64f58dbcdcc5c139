import { cookieName } from '../../../format/names.ts'
import { plainPath } from '../../../format/path.ts'
import type { NginxReader } from './reader.ts'
import { bool, format, seconds, word } from './values.ts'

/** Annotations that shape the cookie. */
const cookieNames = ['name', 'path', 'samesite', 'secure', 'expires', 'max-age'].map(
  (part) => `session-cookie-${part}`,
)

/** A cookie that keeps a client on its endpoint. */
export function readSticky(reader: NginxReader): void {
  const affinity = reader.read('affinity', word(['cookie']))
  const name = reader.read('session-cookie-name', format(cookieName)) ?? 'INGRESSCOOKIE'
  const path = reader.read('session-cookie-path', format(plainPath)) ?? '/'
  const sameSite = reader.read('session-cookie-samesite', word(['None', 'Lax', 'Strict']))
  const secure = reader.read('session-cookie-secure', bool)
  const expires = reader.read('session-cookie-expires', seconds)
  const maxAge = reader.read('session-cookie-max-age', seconds) ?? expires ?? 0
  const given = cookieNames.filter((one) => reader.has(one))
  if (affinity !== undefined) {
    const isSecure = secure ?? sameSite === 'None'
    const value = { cookie: name, path, maxAge, secure: isSecure ? 'on' : 'off', sameSite: sameSite ?? 'Lax' }
    reader.write([...given, 'affinity'], ['sticky'], value)
    return
  }
  const [first] = given
  if (first === undefined || reader.has('affinity')) return
  reader.warn(first, 'AnnotationInvalid', {
    message: `${first} says nothing without "affinity"`,
    remedy: 'add "affinity: cookie", or remove it',
  })
}
