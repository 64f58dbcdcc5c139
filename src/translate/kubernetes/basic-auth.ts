import type { RouteDraft } from '../../model/build.ts'
import type { FilterSpec } from '../../model/filter-spec.ts'
import { nginxPrefix } from './annotations/prefixes.ts'
import type { IngressRoutes } from './ingress-routes.ts'
import { problemAt } from './object-problem.ts'
import type { ObjectProblem } from './pieces.ts'
import type { IngressRead } from './read-ingress.ts'
import type { SecretTable } from './secret-table.ts'

/** What became of the annotations `auth-type: basic` of an Ingress. */
export interface BasicAuthFound {
  /** Asks for users; `closed` when their Secret cannot be had, and nobody may come in. */
  readonly filter: FilterSpec | 'closed'
  readonly problems: readonly ObjectProblem[]
  /** The same for the same filter and problems. */
  readonly key: string
}

/** Looks for the users of an Ingress; `undefined` when it asks for none. */
export function basicAuthOf(
  { ingress, annotations, ref }: IngressRead,
  secrets: SecretTable,
): BasicAuthFound | undefined {
  const asked = annotations.nginx.basicAuth
  if (asked === undefined) return undefined
  const { namespace } = ingress.meta
  const { form, realm } = asked
  const secret = { namespace: asked.namespace === '' ? namespace : asked.namespace, name: asked.name }
  const { value: users, flaws } = secrets.users(secret, form, namespace)
  const field = `metadata.annotations[${nginxPrefix}auth-secret]`
  const problems = flaws.map((flaw) => problemAt(ref, field, flaw))
  const filter: FilterSpec | 'closed' =
    users === undefined
      ? 'closed'
      : { kind: 'basicAuth', realm, users, authorization: 'keep', userHeader: undefined }
  return { filter, problems, key: JSON.stringify([filter, flaws]) }
}

/** The routes of an Ingress, each with what asks for users, or closed. */
export function withBasicAuth(made: IngressRoutes, { filter, problems }: BasicAuthFound): IngressRoutes {
  const guard = (draft: RouteDraft): RouteDraft => {
    const { filters } = draft.content
    if (filters.some(({ kind }) => kind === 'refuse')) return draft
    if (filter === 'closed')
      return { ...draft, content: { ...draft.content, filters: closed, target: { kind: 'neg' } } }
    return { ...draft, content: { ...draft.content, filters: guarded(filters, filter) } }
  }
  return {
    ...made,
    routes: made.routes.map(guard),
    regexes: made.regexes.map((regex) => ({ ...regex, draft: guard(regex.draft) })),
    problems: [...made.problems, ...problems],
  }
}

/** Behind redirects to https, so that nobody is asked in the clear, and behind CORS, whose preflights have no credentials. */
function guarded(filters: readonly FilterSpec[], filter: FilterSpec): readonly FilterSpec[] {
  const answering = filters.findIndex(({ kind }) => kind === 'redirect' || kind === 'respond')
  const open = filters.findLastIndex(({ kind }) => kind === 'httpsRedirect' || kind === 'cors') + 1
  return filters.toSpliced(answering < 0 ? open : Math.min(open, answering), 0, filter)
}

const closed: readonly FilterSpec[] = [
  {
    kind: 'refuse',
    status: 503,
    reason: 'route_blocked',
    why: `the Secret of ${nginxPrefix}auth-secret cannot be had`,
  },
]
