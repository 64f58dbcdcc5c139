import type { KeyPart } from '../../../model/filters/limit-rule.ts'
import { unreachable } from '../../../std/assert.ts'
import type { NativeKeyPart, NativeLimitKey } from '../../schema/filters/limit-rule.ts'

/** The parts of a key, as the model has them. */
export function keyParts(key: NativeLimitKey): readonly KeyPart[] {
  if (key === 'everyone') return []
  return isSeveral(key) ? key.map(keyPart) : [keyPart(key)]
}

function isSeveral(key: NativeLimitKey): key is readonly NativeKeyPart[] {
  return Array.isArray(key)
}

function keyPart(part: NativeKeyPart): KeyPart {
  if (typeof part === 'string') return { kind: part }
  const { header, cookie, query, claim } = part
  if (header !== undefined) return { kind: 'header', name: header }
  if (cookie !== undefined) return { kind: 'cookie', name: cookie }
  if (query !== undefined) return { kind: 'query', name: query }
  return claim === undefined ? unreachable(claim as never) : { kind: 'claim', name: claim }
}
