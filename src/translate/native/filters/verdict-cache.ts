import type { StatusLifetime, VerdictCache, VerdictKeyPart } from '../../../model/filters/verdict-cache.ts'
import { unreachable } from '../../../std/assert.ts'
import type { NativeVerdictCache } from '../../schema/filters/verdict-cache.ts'

/** A memory of verdicts, as the model has it. */
export function verdictCache({ key, ttl, denials }: NativeVerdictCache): VerdictCache {
  const lifetimes: StatusLifetime[] = [{ from: 200, to: 299, holds: ttl }]
  if (denials !== undefined) lifetimes.push({ from: 300, to: 499, holds: denials })
  return { key: key.map(keyPart), lifetimes }
}

function keyPart(part: NativeVerdictCache['key'][number]): VerdictKeyPart {
  if (typeof part === 'string') return { kind: part }
  const { header, cookie } = part
  if (header !== undefined) return { kind: 'header', name: header }
  return cookie === undefined ? unreachable(cookie as never) : { kind: 'cookie', name: cookie }
}
