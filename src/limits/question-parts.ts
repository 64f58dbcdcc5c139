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

interface Draft extends QuestionPart {
  readonly asks: Ask[]
  readonly places: number[]
  readonly shares: { readonly keys: string[]; readonly amounts: string[] }
}
