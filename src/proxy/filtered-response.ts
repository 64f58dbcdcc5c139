import { changedFields } from '../filters/authz/header-change.ts'
import type { ResponseDraft } from '../filters/filter.ts'
import type { Bytes } from '../std/units.ts'
import type { Exchange } from './exchange.ts'

/**
 * The response as the filters of its route leave it; `undefined` when there are none. Valid until the next request of the exchange.
 *
 * @param length of its body, as `ResponseDraft` has it.
 */
export function filteredResponse(
  exchange: Exchange,
  status: number,
  fields: string,
  length: Bytes,
): ResponseDraft | undefined {
  const filters = exchange.runtime?.filters
  if (filters === undefined || filters.length === 0) return undefined
  const { response } = exchange
  response.status = status
  response.fields = fields + exchange.responseFields
  response.length = length
  response.coder = undefined
  const { responseChanges } = exchange
  if (responseChanges.length > 0) response.fields = changedFields(response.fields, responseChanges)
  for (const filter of filters) filter.onResponse?.(response, exchange)
  return response
}
