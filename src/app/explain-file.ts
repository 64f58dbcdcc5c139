import type { ExplainQuery } from '../admin/admin-deps.ts'
import type { Model } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import { buildTable } from '../routing/table.ts'
import { type Explanation, explainRequest } from './explain.ts'
import { clusterOfModel } from './explained-cluster.ts'
import { loadOnce } from './load-once.ts'

/** Explains against a file or folder; no explanation when it has an error. */
export function explainFile(
  query: ExplainQuery,
  path: string,
): { readonly explanation: Explanation | undefined; readonly problems: readonly Problem[] } {
  const { model, problems } = loadOnce([path])
  return { explanation: model === undefined ? undefined : explainModel(query, model), problems }
}

/** Explains against a model. */
export function explainModel(query: ExplainQuery, model: Model): Explanation {
  const clusters = new Map(model.clusters.map((cluster) => [cluster.id, cluster]))
  return explainRequest(query, {
    listeners: model.listeners,
    table: buildTable(model.routes, () => undefined),
    cluster: (id) => {
      const cluster = clusters.get(id)
      return cluster === undefined ? undefined : clusterOfModel(cluster)
    },
  })
}
