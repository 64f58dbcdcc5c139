import type { ApiKey, ApiKeyPlace } from '../../../model/filters/api-key.ts'
import type { NativeApiKey } from '../../schema/filters/api-key.ts'
import type { FilterFiles } from '../filter-files.ts'

/** A question for a key as the model has it. */
export function apiKeySpec(native: NativeApiKey, files: FilterFiles): ApiKey {
  const { keys, from, key, idHeader } = native
  return { keys: files.apiKeys(keys), from: placeOf(from), key, idHeader }
}

function placeOf({ header, query }: NativeApiKey['from']): ApiKeyPlace {
  if (header !== undefined) return { kind: 'header', name: header }
  return query === undefined ? { kind: 'bearer' } : { kind: 'query', name: query }
}
