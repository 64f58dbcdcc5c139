import { spawnSync } from 'node:child_process'

// Endpoints may not be on loopback, so the tests of test/kubernetes run in a network namespace of their own in which a range of
// pod addresses is local. The namespace has no name: it is gone with its last process, however that ends.

/** Pods are here: every address of it can be bound and reached. */
export const podRange = '10.244.0.0/16'
/** Addresses that never answer, as those of a machine that has gone: what is sent there is lost. */
const silentRange = '10.245.0.0/24'
/** One of them. */
export const silentAddress = '10.245.0.1'

/**
 * The words that start a program in a new network namespace, as root or as root of a user namespace of its own.
 *
 * @throws {Error} that says what to do when this user may not.
 */
export function namespaceCommand(): readonly [string, ...string[]] {
  const ways = [
    ['unshare', '--net'],
    ['unshare', '--map-root-user', '--net'],
  ] as const
  const tried = ways.map((way) => ({ way, result: spawnSync(way[0], [...way.slice(1), 'true']) }))
  const found = tried.find(({ result }) => result.status === 0)
  if (found !== undefined) return [...found.way]
  const why = tried.map(({ way, result }) => `${way.join(' ')}: ${String(result.stderr).trim()}`).join('; ')
  throw new Error(
    'a network namespace for test/kubernetes could not be made: run the tests as root, or allow user namespaces ' +
      `(sysctl -w kernel.unprivileged_userns_clone=1) (${why})`,
  )
}

/** Makes loopback and the pods of this namespace reachable; the program was started by `namespaceCommand`. */
export function openNetwork(): void {
  ip('link', 'set', 'lo', 'up')
  ip('route', 'add', 'local', podRange, 'dev', 'lo')
  // Without "local" it comes back to nobody.
  ip('route', 'add', silentRange, 'dev', 'lo')
}

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync('ip', args)
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${String(stderr).trim()}`)
}
