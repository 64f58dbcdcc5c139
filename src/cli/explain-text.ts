import type { ExplainedCluster, ExplainedRoute, Explanation } from '../app/explain.ts'
import type { ExplainedFilter } from '../app/explain-filters.ts'
import type { ExplainedTls } from '../app/explain-tls.ts'
import { printWalk } from '../names/print-walk.ts'
import { printExplanation, section } from '../routing/print-explanation.ts'

/** An explanation for people: what was decided at each step, in the order of a request's life. */
export function explanationText(explanation: Explanation): string {
  const { listener, tls, client, routing, route, outcome } = explanation
  const lines = [
    ...(listener === null
      ? []
      : section('listener', [`${listener.id} on ${listener.address}: ${listener.why}`])),
    ...(tls === null ? [] : section('TLS', tlsLines(tls))),
    ...section('client', [clientText(client)]),
    ...(routing === null ? [] : printExplanation(routing)),
    ...(route === null ? [] : routeLines(route)),
    ...section('outcome', [outcome]),
  ]
  return `${lines.join('\n')}\n`
}

function tlsLines({ serverName, treatment, certificates, policy, clusters }: ExplainedTls): string[] {
  const name = serverName === '' ? 'without a server name' : `for ${serverName}`
  if (treatment === 'passed through') return [`${name}: passed through unread to ${clusters.join(' or ')}`]
  if (policy === null) return [`${name}: refused, nobody has a certificate`]
  const own = policy.of.length === 0 ? 'the policy of the listener' : `the policy of ${policy.of.join(', ')}`
  const { minVersion, maxVersion, alpn, clientCertificates } = policy
  const versions = minVersion === maxVersion ? minVersion : `${minVersion} to ${maxVersion}`
  const protocols = alpn.length === 0 ? 'no ALPN' : `ALPN ${alpn.join(', ')}`
  return [
    name,
    ...certificates.map(certificateLine),
    `${own}: ${versions}, ${protocols}, client certificates ${clientCertificates}`,
  ]
}

function certificateLine({ file, names, keyType, notAfter }: ExplainedTls['certificates'][number]): string {
  return `certificate ${file} (${keyType}, for ${names.join(', ')}), until ${notAfter.slice(0, 10)}`
}

function routeLines({ filters, target, clusters }: ExplainedRoute): string[] {
  return [
    ...section('filters', filters.flatMap(filterLines)),
    ...section('target', printWalk(target)),
    ...section('clusters', clusters.flatMap(clusterLines)),
  ]
}

/** What it is set to do, and what it would do with this request, and what is true of its kind. */
function filterLines({ kind, summary, verdict, why, ...facts }: ExplainedFilter, index: number): string[] {
  const notes = [
    ...(facts.buffers === 'nothing'
      ? []
      : [`buffers ${facts.buffers === 'both' ? 'both bodies' : facts.buffers}`]),
    ...(facts.undecided === 'never' ? [] : [`when it cannot decide: ${facts.undecided}`]),
    ...(facts.reasons.length === 0 ? [] : [`may answer ${facts.reasons.join(', ')}`]),
  ]
  return [
    `${index + 1}. ${kind}: ${summary}`,
    `   ${verdict}${why === '' ? '' : `: ${why}`}`,
    ...(notes.length === 0 ? [] : [`   (${notes.join('; ')})`]),
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
