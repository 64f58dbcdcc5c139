/**
 * Whether a pattern of the operator covers a host: `api.test` itself, `*.a.test` one label more, `**.a.test` any number. A host that
 * is a wildcard is covered when all its names are; `*` is covered by `*` alone, which covers everything.
 */
export function coversHost(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true
  if (host === '*') return false
  if (pattern.startsWith('**.')) return host.endsWith(pattern.slice(2))
  return pattern.startsWith('*.') && wildcardOf(host) === pattern
}

/** The wildcard of one label that takes a host: `*.a.test` for `b.a.test`; `undefined` for a name of one label and for wildcards. */
export function wildcardOf(host: string): string | undefined {
  if (host.startsWith('*')) return undefined
  const dot = host.indexOf('.')
  return dot > 0 ? `*${host.slice(dot)}` : undefined
}
