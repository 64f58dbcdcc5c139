import type { ConcurrencyRule } from '../../../model/filters/concurrency-limit.ts'
import type { NativeConcurrencyLimit } from '../../schema/filters/concurrency-limit.ts'
import { keyParts } from './limit-key.ts'

/** A limit of concurrency as the model has it. */
export function concurrencySpec(native: NativeConcurrencyLimit): ConcurrencyRule {
  const { name, key, store, except, ...rest } = native
  return {
    name,
    key: keyParts(key),
    ...rest,
    store: store ?? 'default',
    exceptClients: except,
  }
}
