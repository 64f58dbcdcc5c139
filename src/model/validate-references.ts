import { leavesOf } from '../names/leaves.ts'
import { closest } from '../std/closest.ts'
import type { Parts, RouteDraft } from './build.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import type { Locate } from './validate.ts'

/** What stands beside the parts that are sound. */
export interface Known {
  /** Routes that are left out for mistakes of their own; what they refer to is looked at all the same. */
  readonly damaged: readonly RouteDraft[]
  /** Names that routes may refer to, also those of damaged pieces; `undefined` when not all are known, and nothing is said about them. */
  readonly clusters: ReadonlySet<string> | undefined
  readonly listeners: ReadonlySet<string> | undefined
}

/** Whether routes and listeners lead to clusters that exist, and routes are for listeners that exist and carry HTTP. */
export function checkReferences(parts: Parts, known: Known, locate: Locate): readonly Problem[] {
  const problems: Problem[] = []
  const check = (piece: Origin, field: string, kind: 'cluster' | 'listener', name: string) => {
    const names = kind === 'cluster' ? known.clusters : known.listeners
    if (names === undefined || names.has(name)) return
    problems.push({
      severity: 'error',
      origin: locate(piece, field, name),
      message: `${kind} ${JSON.stringify(name)} does not exist`,
      remedy: remedyFor(kind, name, names),
    })
  }
  for (const { origin, content } of parts.listeners) {
    const { role, tls } = content
    if (role.kind === 'tcp') for (const name of leavesOf(role.target)) check(origin, 'tcp', 'cluster', name)
    const leaves = (tls?.passthrough ?? []).flatMap(({ target }) => leavesOf(target))
    for (const name of leaves) check(origin, 'tls', 'cluster', name)
  }
  const tcp = new Set(
    parts.listeners.filter(({ content }) => content.role.kind === 'tcp').map(({ content }) => content.id),
  )
  for (const { origin, content } of [...parts.routes, ...known.damaged]) {
    for (const name of leavesOf(content.target)) check(origin, 'to', 'cluster', name)
    for (const filter of content.filters) {
      if (filter.kind === 'forwardAuth' || filter.kind === 'extAuthz')
        check(origin, 'filters', 'cluster', filter.cluster)
      if (filter.kind === 'extAuthz' && isPlain(parts, filter.cluster))
        problems.push(withoutHttp2(locate(origin, 'filters', filter.cluster), filter.cluster))
    }
    for (const name of content.match.listeners) {
      check(origin, 'listeners', 'listener', name)
      if (tcp.has(name)) problems.push(onTcp(locate(origin, 'listeners', name), name))
    }
  }
  return problems
}

function isPlain({ clusters }: Parts, name: string): boolean {
  return clusters.some(({ content }) => content.id === name && content.protocol !== 'h2')
}

function withoutHttp2(origin: Origin, name: string): Problem {
  const message = `cluster ${JSON.stringify(name)} speaks HTTP/1.1, and extAuthz asks by gRPC`
  return { severity: 'error', origin, message, remedy: 'write "protocol: h2" in the cluster' }
}

function onTcp(origin: Origin, name: string): Problem {
  const message = `listener ${JSON.stringify(name)} carries TCP, and no route applies to it`
  return { severity: 'error', origin, message, remedy: 'remove it here, or "tcp" of the listener' }
}

function remedyFor(kind: 'cluster' | 'listener', name: string, names: ReadonlySet<string>): string {
  const near = closest(name, names)
  if (near !== undefined) return `did you mean ${JSON.stringify(near)}?`
  return kind === 'cluster' ? `add it under "clusters"` : `add it under "listeners"`
}
