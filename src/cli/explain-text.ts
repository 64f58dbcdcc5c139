import type { ExplainedCluster, ExplainedRoute, Explanation } from '../app/explain.ts'
import { printWalk } from '../names/print-walk.ts'
import { printExplanation, section } from '../routing/print-explanation.ts'

/** An explanation for people: what was decided at each step, in the order of a request's life. */
export function explanationText(explanation: Explanation): string {
  const { listener, client, routing, route, outcome } = explanation
  const lines = [
    ...(listener === null
      ? []
      : section('listener', [`${listener.id} on ${listener.address}: ${listener.why}`])),
    ...section('client', [clientText(client)]),
    ...(routing === null ? [] : printExplanation(routing)),
    ...(route === null ? [] : routeLines(route)),
    ...section('outcome', [outcome]),
  ]
  return `${lines.join('\n')}\n`
}

function routeLines({ filters, target, clusters }: ExplainedRoute): string[] {
  return [
    ...section(
      'filters',
      filters.map(({ kind, summary }) => `${kind}: ${summary}`),
    ),
    ...section('target', printWalk(target)),
    ...section('clusters', clusters.flatMap(clusterLines)),
  ]
}

function clusterLines({ id, balance, dns, endpoints }: ExplainedCluster): string[] {
  const found = `${endpoints.length} endpoint${endpoints.length === 1 ? '' : 's'}`
  const members = dns === null ? found : `DNS ${dns}, ${found}`
  const width = Math.max(0, ...endpoints.map(({ key }) => key.length))
  const lines = endpoints.map(({ key, state, weight, priority, cause }) => {
    const why = cause === '' ? '' : ` (${cause})`
    return `  ${key.padEnd(width)}  ${state}${why}, weight ${weight}, priority ${priority}`
  })
  return [`${id} (${balance}, ${members})`, ...lines]
}

function clientText({ peer, trusted, address }: Explanation['client']): string {
  if (!trusted) return address
  return peer === address ? `${address}, a trusted proxy` : `${address}, told by the trusted proxy ${peer}`
}
