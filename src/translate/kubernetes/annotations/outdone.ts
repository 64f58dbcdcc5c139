import type { FilterSpec } from '../../../model/filter-spec.ts'
import type { NativeRoute } from '../../schema/route.ts'
import type { NginxRead } from './nginx/read-nginx.ts'
import { nginxPrefix, ourPrefix } from './prefixes.ts'
import type { Findings } from './problems.ts'
import type { Values, Write } from './settings.ts'

/** An annotation of ingress-nginx that one of ours wins over, and what that one is. */
interface Outdone {
  readonly names: readonly string[]
  readonly by: string
}

/**
 * Tells of annotations of ingress-nginx that are no settings, and say the same as one of ours: the latter holds. Gives the filters
 * of ingress-nginx that are left.
 *
 * @param values with all that ours say.
 * @param object what the object has: annotations of ingress-nginx without prefix, and what ours say.
 */
export function withoutOutdone(
  values: Values,
  { filters, extras }: NginxRead,
  { given, ours: said }: { readonly given: ReadonlyMap<string, string>; readonly ours: readonly Write[] },
  findings: Findings,
): NginxRead['filters'] {
  const {
    clients,
    filters: ours,
    rewrite,
  } = values as unknown as Pick<NativeRoute, 'clients' | 'filters'> & {
    readonly rewrite: string | undefined
  }
  const hasOurs = (kind: string) => ours.some((filter) => kind in filter)
  const has = (kind: FilterSpec['kind']) =>
    [...filters.before, ...filters.after].some((one) => one.kind === kind)
  const outdone: Outdone[] = []
  if (clients.length > 0 && extras.allowClients !== undefined)
    outdone.push({ names: ['allowlist-source-range', 'whitelist-source-range'], by: 'clients' })
  const isRewritten = ours.some((filter) => 'rewrite' in filter && filter.rewrite.path !== undefined)
  if (extras.rewriteTarget !== undefined && (rewrite !== undefined || isRewritten))
    outdone.push({ names: ['rewrite-target'], by: rewrite === undefined ? 'filters' : 'rewrite' })
  if (has('redirect') && (hasOurs('redirect') || hasOurs('respond')))
    outdone.push({ names: ['temporal-redirect', 'permanent-redirect'], by: 'filters' })
  // What the object says of CORS in one way wins over what its class says in the other.
  const isLater = said.some(({ path }) => path[0] === 'filters') || !given.has('enable-cors')
  const isCorsTwice = has('cors') && hasOurs('cors') && isLater
  if (isCorsTwice) outdone.push({ names: ['enable-cors'], by: 'filters' })
  for (const { names, by } of outdone) {
    const name = names.find((one) => given.has(one))
    if (name === undefined) continue
    findings.warn(nginxPrefix + name, 'AnnotationDiffers', {
      message: `"${nginxPrefix}${name}" and "${ourPrefix}${by}" say the same thing, and the latter holds`,
      remedy: 'remove the former',
    })
  }
  if (!isCorsTwice) return filters
  return { ...filters, before: filters.before.filter(({ kind }) => kind !== 'cors') }
}
