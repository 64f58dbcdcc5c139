import { deepFreeze } from '../std/freeze.ts'
import type { Cluster, EndpointSpec } from './cluster.ts'
import { endpointsText } from './endpoints-text.ts'
import { fingerprintText } from './hash.ts'
import type { Model } from './model.ts'

/**
 * A model with other endpoints in some of its clusters, and these clusters. Everything else is shared with the model before, and
 * nothing of it is looked at: its hash follows from the one before.
 *
 * @param endpoints by cluster id; clusters that the model does not have, and endpoints that are the same, are passed over.
 */
export function replaceEndpoints(
  model: Model,
  endpoints: ReadonlyMap<string, readonly EndpointSpec[]>,
): { readonly model: Model; readonly changed: readonly Cluster[] } {
  const changed: Cluster[] = []
  const clusters = model.clusters.map((cluster) => {
    const next = endpoints.get(cluster.id)
    if (
      next === undefined ||
      next === cluster.endpoints ||
      endpointsText(next) === endpointsText(cluster.endpoints)
    )
      return cluster
    const replaced: Cluster = deepFreeze({ ...cluster, endpoints: next })
    changed.push(replaced)
    return replaced
  })
  if (changed.length === 0) return { model, changed }
  const news = changed.map((cluster) => `${cluster.id} ${endpointsText(cluster.endpoints)}`)
  const hash = fingerprintText([model.hash, ...news].join('\n'))
  return { model: Object.freeze({ ...model, hash, clusters: Object.freeze(clusters) }), changed }
}
