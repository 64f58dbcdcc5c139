import { slotOf } from '../../src/limits/cluster-slots.ts'
import type { Ask, Limit } from '../../src/limits/limiter.ts'
import { StoreKeys } from '../../src/limits/store-keys.ts'
import type { RedisCluster } from './redis-cluster.ts'

const keys = new StoreKeys('tidegate:')

/** The slot of a Cluster in which a subject is counted. */
export function slotOfSubject(subject: string): number {
  return slotOf(keys.keyOf({ limit: anyLimit, subject, cost: 1 }))
}

/** A subject that begins so and is counted by a master, as the slots were divided in the beginning. */
export function subjectOn(cluster: RedisCluster, master: number, name = 'subject'): string {
  for (let i = 0; ; i++) {
    const slot = slotOfSubject(`${name}-${i}`)
    if (slot >= cluster.firstSlotOf(master) && slot < cluster.firstSlotOf(master + 1)) return `${name}-${i}`
  }
}

/** One request of a subject. */
export function askOf(limit: Limit, subject: string): Ask {
  return { limit, subject, cost: 1 }
}

/** All limits of a subject are in one slot. */
const anyLimit: Limit = {
  id: 'any',
  kind: 'rate',
  rate: 1,
  per: 1000,
  burst: 0,
  overdraft: 0,
  onStoreError: 'local',
}
