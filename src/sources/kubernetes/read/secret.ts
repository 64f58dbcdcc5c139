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

/** v1 Secret: what TLS can use of it. `undefined` for one that has nothing of that, which is dropped at once. */
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
    }
    if (Object.values(parts).every((part) => part === undefined)) return undefined
    return Object.freeze({ meta: readMeta(object), type: optionalText(object, 'type', ''), ...parts })
  })
}

/** PEM is ASCII; other bytes are kept as they are, so that whoever reads PEM tells what is wrong with them. */
function decoded(data: Fields, name: string): string | undefined {
  const value = own(data, name)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || !base64.test(value)) throw new FormError(`"data.${name}" is not base64`)
  return Buffer.from(value, 'base64').toString('latin1')
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/
