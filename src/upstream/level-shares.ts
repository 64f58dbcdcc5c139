/** What health left of one priority. */
export interface LevelCount {
  readonly total: number
  readonly usable: number
}

/** How a priority takes part: its share of the picks, and whether it uses every endpoint it has. */
export interface LevelShare {
  readonly share: number
  readonly panic: boolean
}

/** A priority takes everything until fewer than 1/1.4 = 71 % of it are usable; then the rest starts to flow over. */
const overprovision = 1.4

/**
 * Spreads picks over priorities, first one first, as Envoy does: each takes what it can carry (its usable share times
 * 1.4, at most all) of what those before it left. When all together cannot carry everything, their shares grow in
 * proportion, and those whose usable share is below the panic threshold use every endpoint; when nothing is usable at all,
 * the first priority does that alone. Shares add up to 1, or are all 0: then there is no endpoint to use.
 */
export function levelShares(levels: readonly LevelCount[], panicThreshold: number): LevelShare[] {
  const carries = levels.map(({ total, usable }) =>
    Math.min(1, (overprovision * usable) / Math.max(1, total)),
  )
  const sum = carries.reduce((all, carry) => all + carry, 0)
  if (sum === 0)
    return levels.map((_, i) => ({ share: i === 0 && panicThreshold > 0 ? 1 : 0, panic: panicThreshold > 0 }))
  let left = 1
  return levels.map(({ total, usable }, i) => {
    const share = Math.min(left, (carries[i] ?? 0) / Math.min(1, sum))
    left = Math.max(0, left - share)
    return { share, panic: sum < 1 && (usable / Math.max(1, total)) * 100 < panicThreshold }
  })
}
