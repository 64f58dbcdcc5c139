/**
 * Names of headers that a filter alone sets for the upstream, and for each with another character than letters, digits and hyphens
 * also the one with hyphens: servers that hand headers on as variables take `x-user` for `x_user` (RFC 3875 §4.1.18).
 *
 * @param names in lower case.
 */
export function ownNamesOf(names: readonly string[]): readonly string[] {
  return [...new Set([...names, ...names.map((name) => name.replace(/[^a-z0-9-]/g, '-'))])]
}
