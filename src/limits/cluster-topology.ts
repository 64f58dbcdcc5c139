import type { Redis } from 'ioredis'
import type { RedisAddress } from '../model/redis-store.ts'
import { readSlots, type SlotRange } from './cluster-slots.ts'
import { failureOf } from './redis-failure.ts'
import { redisOptions } from './redis-options.ts'
import type { RedisLogin } from './redis-settings.ts'
import type { StoreFailure } from './store-link.ts'

/** What a node has to answer within; then another is asked. */
const patienceMs = 1000

/** Who serves which slots, or why that could not be found out. */
export type Topology =
  | { readonly kind: 'slots'; readonly ranges: readonly SlotRange[] }
  | { readonly kind: 'failure'; readonly failure: StoreFailure }

/** Asks nodes of a Cluster, one after the other, until one knows who serves which slots. Each is asked over a connection of its own. */
export async function findTopology(addresses: readonly RedisAddress[], login: RedisLogin): Promise<Topology> {
  let failure: StoreFailure = { kind: 'connection', cause: 'no node is known' }
  const { Redis: Client } = await import('ioredis')
  for (const address of addresses) {
    const found = await askNode(Client, address, login)
    if (found.kind === 'slots') return found
    failure = { ...found.failure, cause: `${address.host}:${address.port}: ${found.failure.cause}` }
  }
  return { kind: 'failure', failure }
}

async function askNode(Client: typeof Redis, address: RedisAddress, login: RedisLogin): Promise<Topology> {
  const target = { kind: 'server', address, database: 0 } as const
  const once = { enableReadyCheck: false, commandTimeout: patienceMs, retryStrategy: () => null }
  const redis = new Client({ ...redisOptions(target, login, () => 0), ...once })
  let error: unknown
  redis.on('error', (reason: unknown) => {
    error ??= reason
  })
  try {
    await redis.connect()
    const ranges = readSlots(await redis.cluster('SLOTS'), address.host)
    if (ranges.length > 0) return { kind: 'slots', ranges }
    return { kind: 'failure', failure: { kind: 'other', cause: 'it knows of no slots' } }
  } catch (reason) {
    return { kind: 'failure', failure: failureOf(error ?? reason, [login.password]) }
  } finally {
    redis.disconnect()
  }
}
