import type { AltName } from '../std/alt-names.ts'

/**
 * Whether a client's certificate has one of the names that are asked for: `DNS:a.test`, `URI:spiffe://a/b`, `email:x@a`, each
 * exact but for the case of a DNS name; `*` at the end of a URI stands for any rest. Without rules every certificate will do.
 */
export function hasAllowedName(names: readonly AltName[], rules: readonly string[]): boolean {
  return rules.length === 0 || rules.some((rule) => names.some((name) => matches(name, rule)))
}

function matches({ kind, value }: AltName, rule: string): boolean {
  const wanted = rule.slice(kind.length + 1)
  if (!rule.startsWith(`${kind}:`) || wanted === '') return false
  switch (kind) {
    case 'DNS':
      return value.toLowerCase() === wanted.toLowerCase()
    case 'URI':
      return wanted.endsWith('*') ? value.startsWith(wanted.slice(0, -1)) : value === wanted
    case 'email':
      return value === wanted
    default:
      return false
  }
}
