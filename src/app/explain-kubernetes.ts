import type { ExplainQuery } from '../admin/admin-deps.ts'
import { normaliseHost } from '../http/authority.ts'
import type { Problem } from '../model/problem.ts'
import type { Explanation } from './explain.ts'
import { explainModel } from './explain-file.ts'
import { urlParts } from './explain-url.ts'
import { type ClusterTarget, loadCluster } from './load-cluster.ts'

export interface ClusterExplained {
  readonly explanation: Explanation | undefined
  /** Of the files, when they are bad; else of the Ingresses that name the host of the request, or any host. */
  readonly problems: readonly Problem[]
  /** Problems of other objects, which are not shown. */
  readonly others: number
  readonly unread: readonly string[]
}

/**
 * Explains against the objects of a cluster: the same translation, the same router as a running gateway's.
 *
 * @throws {Error} when the API server cannot be asked.
 */
export async function explainKubernetes(
  query: ExplainQuery,
  target: ClusterTarget,
): Promise<ClusterExplained> {
  const { cluster, problems } = await loadCluster(target)
  if (cluster === undefined) return { explanation: undefined, problems, others: 0, unread: [] }
  const explanation = explainModel(query, cluster.model)
  const near = concerned(cluster.model.routes, normaliseHost(urlParts(query.url).authority) ?? '')
  const shown = cluster.problems.filter(
    ({ origin, message }) => near.has(origin.file) || message.includes(near.host),
  )
  const { unread } = cluster
  return { explanation, problems: shown, others: cluster.problems.length - shown.length, unread }
}

/** The objects whose routes have a host, and its name as it stands in messages. */
function concerned(
  routes: readonly { readonly hosts: readonly string[]; readonly origin: { readonly file: string } }[],
  host: string,
): { has(file: string): boolean; readonly host: string } {
  const wildcard = `*${host.slice(host.indexOf('.'))}`
  const files = new Set<string>()
  for (const { hosts, origin } of routes) {
    if (hosts.includes(host) || hosts.includes(wildcard)) files.add(origin.file)
  }
  return { has: (file) => files.has(file), host: `"${host}"` }
}
