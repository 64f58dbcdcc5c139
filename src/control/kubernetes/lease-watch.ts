import type { Ms } from '../../std/units.ts'
import { type LeaseRecord, replicaSigns } from './lease-record.ts'

/**
 * What a Lease shows to somebody who looks at it again and again: whether its holder is alive, and who else is. Clocks of other
 * machines do not matter: only changes are seen, and timed by our own clock, which never goes back.
 */
export class LeaseWatch {
  #record = ''
  #changedAt = 0
  #signs = new Map<string, { readonly value: string; readonly since: number }>()

  /** Takes note of the Lease as it was read just now. */
  see(lease: LeaseRecord, now: number): void {
    const record = [lease.holder, lease.acquireTime, lease.renewTime, lease.transitions].join(' ')
    if (record !== this.#record) {
      this.#record = record
      this.#changedAt = now
    }
    const before = this.#signs
    this.#signs = new Map()
    for (const [name, value] of replicaSigns(lease)) {
      const seen = before.get(name)
      this.#signs.set(name, seen?.value === value ? seen : { value, since: now })
    }
  }

  /** Whether the holder has been silent for longer than it may. */
  hasExpired(duration: Ms, now: number): boolean {
    return now - this.#changedAt >= duration
  }

  /** Names of signs of life that have not changed for so long. */
  silentSince(longest: Ms, now: number): readonly string[] {
    return [...this.#signs].filter(([, { since }]) => now - since >= longest).map(([name]) => name)
  }
}
