import type { RecordWithTtl } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { Ms } from '../../std/units.ts'
import { hostsFileAddresses } from './hosts-file.ts'
import type { DnsAnswer, Resolve } from './resolve.ts'
import { searchNames } from './search-list.ts'

/** Where and how to ask. */
export interface SystemResolveOptions {
  readonly hostsFile: string
  readonly resolvConf: string
  /** `127.0.0.1:53`; those of resolv.conf when there are none here. */
  readonly servers: readonly string[]
  readonly timeout: Ms
  readonly tries: number
}

const usual: SystemResolveOptions = {
  hostsFile: '/etc/hosts',
  resolvConf: '/etc/resolv.conf',
  servers: [],
  timeout: 2_000,
  tries: 2,
}

/**
 * Resolves as the host would: addresses as they are, then the hosts file, then DNS with the search list. IPv6 addresses
 * are used only by names that have no IPv4 address, so that a host without IPv6 is not given endpoints it cannot reach.
 *
 * It speaks DNS itself instead of `dns.lookup`, which knows no TTL and whose four threads a hung server would take from
 * the file system and cryptography (hardening §4.2). Files are read anew each time: they change under containers.
 */
export function systemResolve(options: Partial<SystemResolveOptions> = {}): Resolve {
  const settings = { ...usual, ...options }
  return async (host, signal) => {
    if (isIP(host) !== 0) return { kind: 'found', addresses: [host], ttl: undefined }
    const local = hostsFileAddresses(await textOf(settings.hostsFile), host)
    if (local.length > 0) return { kind: 'found', addresses: local, ttl: undefined }
    if (host === 'localhost') return { kind: 'found', addresses: ['127.0.0.1'], ttl: undefined }
    return ask(searchNames(host, await textOf(settings.resolvConf)), settings, signal)
  }
}

/** The first name that has addresses; a failure on the way makes "absent" a failure too. */
async function ask(
  names: readonly string[],
  settings: SystemResolveOptions,
  signal: AbortSignal,
): Promise<DnsAnswer> {
  // A resolver of its own each time: it reads the servers when it is made, and cancelling ends nobody else's questions.
  const resolver = new Resolver({ timeout: settings.timeout, tries: settings.tries })
  if (settings.servers.length > 0) resolver.setServers(settings.servers)
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  let last: DnsAnswer | undefined
  for (const name of names) {
    if (signal.aborted) break
    const answer = await askFor(name, resolver)
    if (answer.kind === 'found') {
      last = answer
      break
    }
    if (last?.kind !== 'failed') last = answer
  }
  signal.removeEventListener('abort', cancel)
  return last ?? { kind: 'failed', cause: 'given up' }
}

async function askFor(name: string, resolver: Resolver): Promise<DnsAnswer> {
  const four = await outcome(name, 'A', () => resolver.resolve4(name, { ttl: true }))
  if (four.kind !== 'absent') return four
  return outcome(name, 'AAAA', () => resolver.resolve6(name, { ttl: true }))
}

async function outcome(
  name: string,
  type: 'A' | 'AAAA',
  query: () => Promise<RecordWithTtl[]>,
): Promise<DnsAnswer> {
  try {
    const records = await query()
    const ttl = Math.min(...records.map((record) => record.ttl)) * 1_000
    return { kind: 'found', addresses: records.map((record) => record.address), ttl }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const cause = `${type} "${name}": ${code}`
    // ENOTFOUND is NXDOMAIN; ENODATA a name without such records.
    return code === 'ENOTFOUND' || code === 'ENODATA' ? { kind: 'absent', cause } : { kind: 'failed', cause }
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return ''
  }
}
