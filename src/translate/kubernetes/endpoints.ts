import type { EndpointSpec } from '../../model/cluster.ts'
import { quoted } from '../../std/quoted.ts'
import { addressRefusal, type GuardRules, judgeAddress } from './endpoint-guard.ts'
import { type ObjectFlaw, refused, warning } from './object-problem.ts'
import type { EndpointSliceObject, ServiceObject, ServicePort, SliceEndpoint, SlicePort } from './objects.ts'

/** What the endpoints of a Service are chosen by. */
export interface EndpointRules extends GuardRules {
  /** Where we are, for hints; `undefined` when they are not asked for. */
  readonly zone: string | undefined
}

/** Endpoints that may be used, in canonical order. */
export interface EndpointsFound {
  readonly endpoints: readonly EndpointSpec[]
  readonly flaws: readonly ObjectFlaw[]
}

/**
 * The endpoints of a port of a Service: those in its slices whose port has the **name** of the Service's, with the number that
 * each slice has for it, which is where `targetPort` led for these pods. Labels and the number of the Service's port say nothing.
 *
 * When none is ready, those that end and still serve are better than none. Of a Service with two families the first counts.
 */
export function findEndpoints(
  service: ServiceObject,
  port: ServicePort,
  slices: readonly EndpointSliceObject[],
  rules: EndpointRules,
): EndpointsFound {
  const all = [...candidates(ofFamily(service, slices), port.name, rules)]
  const refusals: ObjectFlaw[] = []
  const sound = all.filter((candidate) => {
    const why = refusal(candidate, rules)
    if (why !== undefined) refusals.push(unusable(candidate, why))
    return why === undefined
  })
  const ready = sound.filter(({ endpoint }) => endpoint.isReady)
  const usable = ready.length > 0 ? ready : sound.filter(({ endpoint }) => isLeaving(endpoint))
  // Who reads why all are left out need not read that none is there.
  const absence =
    usable.length === 0 && (sound.length > 0 || refusals.length === 0) ? [missing(service, port, sound)] : []
  return { endpoints: specs(usable, rules.zone), flaws: [...shortened(refusals), ...absence] }
}

interface Candidate {
  readonly slice: EndpointSliceObject
  readonly endpoint: SliceEndpoint
  readonly address: string
  readonly port: number
}

function isLeaving({ isServing, isTerminating }: SliceEndpoint): boolean {
  return isServing && isTerminating
}

/** Services made by hand may say another family than their slices have: what there is, is better than nothing. */
function ofFamily(
  { ipFamily }: ServiceObject,
  slices: readonly EndpointSliceObject[],
): readonly EndpointSliceObject[] {
  const filled = slices.filter(({ endpoints }) => endpoints.length > 0)
  const family = ipFamily ?? filled.find(({ addressType }) => addressType !== 'FQDN')?.addressType
  const wanted = filled.filter(({ addressType }) => addressType === family)
  return wanted.length > 0 ? wanted : filled
}

function* candidates(
  slices: readonly EndpointSliceObject[],
  name: string,
  rules: GuardRules,
): Generator<Candidate> {
  for (const slice of slices) {
    const port = slice.ports.find((one) => one.name === name && isUsable(one))?.port
    if (port === undefined) continue
    for (const endpoint of slice.endpoints) {
      // Further addresses of an endpoint are the same endpoint.
      const [address] = endpoint.addresses
      if (address !== undefined) yield { slice, endpoint, address: judgeAddress(address, rules).host, port }
    }
  }
}

function isUsable({ port, protocol }: SlicePort): boolean {
  return port !== undefined && port >= 1 && port <= 65535 && protocol === 'TCP'
}

function refusal({ slice, address, port }: Candidate, rules: EndpointRules): string | undefined {
  return slice.addressType === 'FQDN' ? 'it is not an IP address' : addressRefusal(address, port, rules)
}

function unusable({ slice, address, port }: Candidate, why: string): ObjectFlaw {
  const { namespace, name } = slice.meta
  const shown = `endpoint ${quoted(address)} port ${port} of EndpointSlice ${quoted(`${namespace}/${name}`)}`
  const remedy = 'remove it there, or have the operator add its block to "allowedEndpoints"'
  return refused('EndpointRefused', `${shown} is left out: ${why}`, remedy)
}

function missing({ meta }: ServiceObject, port: ServicePort, sound: readonly Candidate[]): ObjectFlaw {
  const shown = `service ${quoted(`${meta.namespace}/${meta.name}`)}`
  const which = port.name === '' ? String(port.port) : `${port.port} (${quoted(port.name)})`
  if (sound.length > 0) {
    const message = `${shown} has no endpoint that is ready for port ${which}, and ${sound.length} that ${sound.length === 1 ? 'is' : 'are'} not`
    return warning(
      'EndpointsMissing',
      message,
      `see "kubectl -n ${meta.namespace} get pods", and why they are not ready`,
    )
  }
  const remedy = `see whether its selector fits the labels of pods: "kubectl -n ${meta.namespace} describe service ${meta.name}"`
  return warning('EndpointsMissing', `${shown} has no endpoint for port ${which}`, remedy)
}

function specs(usable: readonly Candidate[], zone: string | undefined): readonly EndpointSpec[] {
  const isHinted = zone !== undefined && usable.every(({ endpoint }) => endpoint.zones.length > 0)
  const isNear = ({ endpoint }: Candidate) => zone !== undefined && endpoint.zones.includes(zone)
  const hasNear = isHinted && usable.some(isNear)
  const byAddress = new Map<string, EndpointSpec>()
  for (const candidate of usable) {
    const { address: host, port } = candidate
    const priority = hasNear && !isNear(candidate) ? 1 : 0
    const key = `${host} ${port}`
    const known = byAddress.get(key)
    if (known === undefined || known.priority > priority)
      byAddress.set(key, { address: { kind: 'tcp', host, port }, weight: 1, priority })
  }
  return [...byAddress.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, spec]) => spec)
}

/** Each of a thousand endpoints in the wrong place need not be told. */
const mostTold = 5

function shortened(refusals: readonly ObjectFlaw[]): readonly ObjectFlaw[] {
  const last = refusals[mostTold]
  if (last === undefined) return refusals
  const message = `and ${refusals.length - mostTold} more endpoints are left out`
  return [...refusals.slice(0, mostTold), { ...last, message, remedy: 'see the first ones' }]
}
