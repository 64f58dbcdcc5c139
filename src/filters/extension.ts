import type { Extension } from '../model/filters/extension.ts'
import type { Filter } from './filter.ts'

/**
 * Stands for an extension in the list of filters, for explain: what carries traffic hands requests to the host of the route's
 * extensions itself.
 */
export function extension(spec: Extension): Filter {
  return {
    kind: 'extension',
    summary: summaryOf(spec),
    onRequest: undefined,
    onResponse: undefined,
    foresee: () => ({ kind: 'depends', on: `what ${spec.name} does` }),
  }
}

function summaryOf({ name, isolation, options }: Extension): string {
  const where = isolation === 'worker' ? 'in a thread of its own' : 'in the thread that carries traffic'
  const keys = Object.keys(options)
  return [`${name} ${where}`, ...(keys.length === 0 ? [] : [`with ${keys.join(', ')}`])].join(', ')
}
