import { Secret } from '../../../model/secret.ts'
import type { SecretObject } from '../../../translate/kubernetes/objects.ts'
import {
  type Fields,
  FormError,
  fieldsOf,
  optionalFields,
  optionalText,
  own,
  type Reading,
  reading,
} from './json.ts'
import { readMeta } from './meta.ts'

/** v1 Secret: what TLS and authentication can use of it. `undefined` for one that has nothing of that, which is dropped at once. */
export function readSecret(json: unknown): Reading<SecretObject | undefined> {
  return reading(() => {
    const object = fieldsOf(json, 'object')
    const data = optionalFields(own(object, 'data'), 'data')
    const key = decoded(data, 'tls.key')
    const parts = {
      certificate: decoded(data, 'tls.crt'),
      key: key === undefined ? undefined : new Secret(key),
      ca: decoded(data, 'ca.crt'),
      crl: decoded(data, 'ca.crl'),
      users: usersOf(data),
      userMap: userMapOf(data),
    }
    if (Object.values(parts).every((part) => part === undefined)) return undefined
    return Object.freeze({ meta: readMeta(object), type: optionalText(object, 'type', ''), ...parts })
  })
}

function usersOf(data: Fields): Secret | undefined {
  const text = decoded(data, 'auth')
  return text === undefined ? undefined : new Secret(Buffer.from(text, 'latin1').toString('utf8'))
}

/** Longer than any hash that is taken. */
const longestHash = 512

/** Values that are no hashes are not kept: nobody said that they are for us. */
function userMapOf(data: Fields): Secret | undefined {
  let hasHash = false
  const lines = Object.keys(data).map((name) => {
    const value = own(data, name)
    const isShort = typeof value === 'string' && value.length <= longestHash && base64.test(value)
    const text = isShort ? Buffer.from(value, 'base64').toString('latin1').trim() : ''
    if (!isHash.test(text)) return `${name}:`
    hasHash = true
    return `${name}:${text}`
  })
  return hasHash ? new Secret(lines.join('\n')) : undefined
}

const isHash = /^(?:\$[0-9a-z-]+\$|\{SHA\})[^\r\n]*$/

/** PEM is ASCII; other bytes are kept as they are, so that whoever reads PEM tells what is wrong with them. */
function decoded(data: Fields, name: string): string | undefined {
  const value = own(data, name)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || !base64.test(value)) throw new FormError(`"data.${name}" is not base64`)
  return Buffer.from(value, 'base64').toString('latin1')
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/
