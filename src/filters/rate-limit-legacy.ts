import { fieldValue, hasField, withoutFieldsFrom } from '../http/field-block.ts'
import type { ResponseDraft } from './filter.ts'

const start = 'x-ratelimit-'
/** As `limitFields` writes them, behind others. */
const ours = /\r\nx-ratelimit-limit: \d+\r\nx-ratelimit-remaining: \d+\r\nx-ratelimit-reset: \d+\r\n/g

/** Lines for clients with those of another question behind them: `X-RateLimit-*` are of the one that has less left. */
export function withLimitFields(before: string, added: string): string {
  const left = fieldValue(before, 'x-ratelimit-remaining')
  const leftNow = fieldValue(added, 'x-ratelimit-remaining')
  if (left === undefined || leftNow === undefined) return before + added
  return Number(left) <= Number(leftNow)
    ? before + withoutFieldsFrom(added, start)
    : withoutFieldsFrom(before, start) + added
}

/** What the upstream says of its own limits stays, and `X-RateLimit-*` of ours go. */
export function keepFirstLegacy(response: ResponseDraft): void {
  const { fields } = response
  // Lines of ours are the last ones: see `responseFields`.
  const found = [...fields.matchAll(ours)].at(-1)
  if (found === undefined) return
  const before = fields.slice(0, found.index + 2)
  if (!names.some((name) => hasField(before, name))) return
  response.fields = before + fields.slice(found.index + found[0].length)
}

const names = ['limit', 'remaining', 'reset'].map((what) => `${start}${what}`)
