import type { Parts } from '../../model/build.ts'
import type { Listener } from '../../model/listener.ts'
import { wildcardOf } from './host-patterns.ts'

/**
 * Hosts that files name on the listeners that Ingresses are served on: of routes, and server names of TLS. They are the operator's:
 * what protects them there, such as certificates of clients, must not be passed by an Ingress that names them too.
 *
 * @param listeners ids of those listeners.
 */
export function hostsOfFiles(files: Parts, listeners: ReadonlySet<string>): ReadonlySet<string> {
  const hosts = new Set<string>()
  for (const { content } of files.routes) {
    const named = content.match.listeners
    if (named.length > 0 && !named.some((id) => listeners.has(id))) continue
    for (const host of content.hosts) hosts.add(host)
  }
  for (const { content } of files.listeners) {
    if (listeners.has(content.id)) for (const name of tlsNamesOf(content)) hosts.add(name)
  }
  hosts.delete('*')
  return hosts
}

/** Server names that a listener treats in a way of their own. */
export function tlsNamesOf({ tls }: Pick<Listener, 'tls'>): readonly string[] {
  return tls === undefined ? [] : [...tls.hosts, ...tls.passthrough].flatMap(({ names }) => names)
}

/** The pattern among those of files that takes what is asked of a host, or some of it; `undefined` when none does. */
export function patternOfFiles(patterns: ReadonlySet<string>, host: string): string | undefined {
  if (patterns.size === 0 || host === '*') return undefined
  const wildcard = wildcardOf(host)
  for (const pattern of [host, wildcard]) if (pattern !== undefined && patterns.has(pattern)) return pattern
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const pattern = `**${host.slice(dot)}`
    if (patterns.has(pattern)) return pattern
  }
  return undefined
}
