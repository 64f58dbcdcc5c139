/** What the changed route answers. */
export const changedStatus = 418

/**
 * A configuration with three routes for each of many hosts (`h0.test` …), as text: writing it with a library would take
 * longer than reading it.
 *
 * @param changed the third route of the middle host takes this path instead, and answers itself with `changedStatus`.
 */
export function manyRoutes(origin: number, hosts: number, changed = ''): string {
  const parts = ['routes:\n']
  for (let i = 0; i < hosts; i++) {
    const host = `h${i}.test`
    parts.push(`  - { hosts: [${host}], to: origin }\n`)
    parts.push(`  - { hosts: [${host}], path: /api, to: origin }\n`)
    const isChanged = changed !== '' && i === hosts >> 1
    const rest = isChanged
      ? `${changed}, filters: [{ respond: { status: ${changedStatus} } }]`
      : '/static, to: origin'
    parts.push(`  - { hosts: [${host}], path: ${rest} }\n`)
  }
  parts.push(`clusters:\n  origin: { endpoints: ["127.0.0.1:${origin}"] }\n`)
  return parts.join('')
}
