/** The first build of each line that has the fixes of November 2026: hardening §1.6.1. */
const patched: readonly (readonly [major: number, minor: number, patch: number])[] = [
  [24, 22, 3],
  [26, 13, 1],
]

/**
 * A sentence of warning when this Node lacks known security fixes, else `undefined`.
 * Majors we know nothing about, being newer, are taken to have them.
 */
export function nodeWarning(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const newest = patched.at(-1)?.[0] ?? 0
  if (major > newest) return undefined
  const line = patched.find(([known]) => known === major)
  const wanted = line ?? patched.at(-1)
  const isPatched = line !== undefined && (minor > line[1] || (minor === line[1] && patch >= line[2]))
  if (isPatched || wanted === undefined) return undefined
  return `Node ${version} lacks the security fixes of Node ${wanted.join('.')}: update Node when you can`
}

/**
 * Why this environment must not run a gateway, or `undefined`: settings that switch off checks in all of Node,
 * and that nobody means to have on an edge.
 *
 * @param execArgv the options Node itself was started with.
 */
export function environmentRefusal(
  env: Readonly<Record<string, string | undefined>>,
  execArgv: readonly string[],
): string | undefined {
  const options = [env['NODE_OPTIONS'] ?? '', ...execArgv].join(' ')
  if (/(^|\s)["']?--insecure[-_]http[-_]parser/.test(options)) {
    return 'Node was started with "--insecure-http-parser", which lets request smuggling through: remove it from NODE_OPTIONS'
  }
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    return 'NODE_TLS_REJECT_UNAUTHORIZED is "0", which switches certificate checks off everywhere: unset it'
  }
  return undefined
}
