import { leavesOf } from '../names/leaves.ts'
import type { Parts } from './build.ts'
import type { Problem } from './problem.ts'
import type { Locate } from './validate.ts'

/**
 * Whether routes with extensions are for what can pass them: calls of gRPC end in trailers, and those are lost in Fastify; and whether
 * extensions can run where they are to.
 */
export function checkExtensions({ routes, clusters, settings }: Parts, locate: Locate): readonly Problem[] {
  const asksByGrpc = new Set(
    clusters.filter(({ content }) => content.health?.kind === 'grpc').map(({ content }) => content.id),
  )
  const problems: Problem[] = []
  for (const { origin, content } of routes) {
    const extension = content.filters.find((filter) => filter.kind === 'extension')
    if (extension === undefined) continue
    if (extension.isolation === 'inline' && settings.workers > 1) {
      const message = `extension ${JSON.stringify(extension.name)} is inline, which needs one worker, and there are ${settings.workers}: its route answers 503`
      const remedy = 'leave "isolation: inline" out, or write "workers: 1"'
      problems.push({
        severity: 'warning',
        origin: locate(origin, 'filters', extension.name),
        message,
        remedy,
      })
    }
    const cluster = leavesOf(content.target).find((id) => asksByGrpc.has(id))
    const why =
      cluster !== undefined
        ? `leads to cluster ${JSON.stringify(cluster)}, which speaks gRPC`
        : content.retry.on.includes('grpc-status')
          ? 'retries by the status of gRPC'
          : undefined
    if (why === undefined) continue
    const message = `extension ${JSON.stringify(extension.name)} is on a route that ${why}, and gRPC cannot pass extensions`
    const remedy = 'remove the extension, or give gRPC a route of its own'
    problems.push({ severity: 'error', origin: locate(origin, 'filters', extension.name), message, remedy })
  }
  return problems
}
