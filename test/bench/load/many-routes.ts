/**
 * A configuration with three routes for each of many hosts (`h0.test` …), as text: writing it with a library would take
 * longer than reading it.
 *
 * @param changed adds a route of this name to the middle host.
 */
export function manyRoutes(origin: number, hosts: number, changed = ''): string {
  const parts = ['routes:\n']
  for (let i = 0; i < hosts; i++) {
    const host = `h${i}.test`
    parts.push(`  - { hosts: [${host}], to: origin }\n`)
    parts.push(`  - { hosts: [${host}], path: /api, to: origin }\n`)
    const path = changed !== '' && i === hosts >> 1 ? `/${changed}` : '/static'
    parts.push(`  - { hosts: [${host}], path: ${path}, to: origin }\n`)
  }
  parts.push(`clusters:\n  origin: { endpoints: ["127.0.0.1:${origin}"] }\n`)
  return parts.join('')
}
