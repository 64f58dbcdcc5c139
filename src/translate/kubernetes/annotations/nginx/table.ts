import type { NginxFact } from './fact.ts'
import { accessFacts, otherFacts } from './facts-access.ts'
import { bodyFacts, logFacts, routingFacts, snippetFacts, timeFacts } from './facts-routing.ts'
import { balanceFacts, upstreamFacts } from './facts-upstream.ts'

/** Every annotation that ingress-nginx has or had, by group, as the reference page shows them. */
export const nginxGroups: readonly { readonly title: string; readonly facts: readonly NginxFact[] }[] = [
  { title: 'Paths, redirects, hosts', facts: routingFacts },
  { title: 'Time and further attempts', facts: timeFacts },
  { title: 'Bodies', facts: bodyFacts },
  { title: 'How Services are reached', facts: upstreamFacts },
  { title: 'Sessions, balancing, canaries', facts: balanceFacts },
  { title: 'Who may come', facts: accessFacts },
  { title: 'CORS, limits, TLS of hosts', facts: otherFacts },
  { title: 'Logs and traces', facts: logFacts },
  { title: 'Texts of nginx', facts: snippetFacts },
]

/** The same by name, without prefix. */
export const nginxFacts: ReadonlyMap<string, NginxFact> = new Map(
  nginxGroups.flatMap(({ facts }) => facts.map((fact) => [fact.name, fact] as const)),
)
