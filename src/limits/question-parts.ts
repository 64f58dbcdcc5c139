import type { Ask } from './limiter.ts'
import type { StoreShares } from './store-keys.ts'

/** Asks of one question whose shares are in one slot of a Cluster. */
export interface QuestionPart {
  readonly slot: number
  readonly asks: readonly Ask[]
  /** Where each of them stands in the question. */
  readonly places: readonly number[]
  readonly shares: StoreShares
}

/** Whether one command can ask for all of them. */
export function isInOneSlot(keys: readonly string[], slotOf: (key: string) => number): boolean {
  const [first, ...others] = keys
  if (first === undefined) return true
  const slot = slotOf(first)
  return others.every((key) => slotOf(key) === slot)
}

/** The parts of a question, by slot. */
export function partsOf(
  asks: readonly Ask[],
  { keys, amounts }: StoreShares,
  slotOf: (key: string) => number,
): readonly QuestionPart[] {
  const width = amounts.length / keys.length
  const parts = new Map<number, Draft>()
  for (const [place, ask] of asks.entries()) {
    const key = keys[place] ?? ''
    const slot = slotOf(key)
    const part = parts.get(slot) ?? { slot, asks: [], places: [], shares: { keys: [], amounts: [] } }
    parts.set(slot, part)
    part.asks.push(ask)
    part.places.push(place)
    part.shares.keys.push(key)
    part.shares.amounts.push(...amounts.slice(place * width, (place + 1) * width))
  }
  return [...parts.values()]
}

/**
 * What gives back what shares of one question gave.
 *
 * @param reply of the script, in which that to the question begins at `place`.
 */
export function refundOf(
  { keys, amounts }: StoreShares,
  reply: readonly number[],
  place: number,
): StoreShares {
  const at = reply[place + 1] ?? 0
  const back = keys.flatMap((_, i) => {
    const [capacity = '', taken = ''] = amounts.slice(2 * i, 2 * i + 2)
    const [first = 0, second = 0] = reply.slice(place + 2 + 2 * i, place + 4 + 2 * i)
    return [capacity, `${taken} ${at} ${first} ${second}`]
  })
  return { keys, amounts: back }
}

interface Draft extends QuestionPart {
  readonly asks: Ask[]
  readonly places: number[]
  readonly shares: { readonly keys: string[]; readonly amounts: string[] }
}
