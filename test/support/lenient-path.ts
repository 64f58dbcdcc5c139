/**
 * What a careless origin serves for a request target: it decodes once (overlong forms too), takes backslashes for
 * slashes, ends at a NUL, merges slashes and resolves dots, also those with `;parameters`. A policy in front of it holds
 * only if no target gets it to a path that the policy denies.
 */
export function served(target: string): string {
  const path = target.split(/[?#]/, 1)[0] ?? ''
  const decoded = path
    .replaceAll(/%c0%af/gi, '/')
    .replaceAll(/%c0%ae/gi, '.')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const kept: string[] = []
  for (const segment of decoded.replaceAll('\\', '/').split('\0', 1)[0]?.split('/') ?? []) {
    const name = segment.split(';', 1)[0] ?? ''
    if (name === '..') kept.pop()
    else if (name !== '' && name !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}
