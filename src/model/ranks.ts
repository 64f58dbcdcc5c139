/**
 * Gives each id of an ordered list a rank, so that ranks grow along the list and as many ids as possible keep the rank they had:
 * inserting, removing or moving one route leaves all the others alone.
 *
 * @param ids in order, each once.
 * @param previous ranks of the list before; empty at first, which gives 1, 2, 3 …
 * @returns one rank per id. When no number fits between two neighbours any more, all are counted anew from 1.
 */
export function assignRanks(
  ids: readonly string[],
  previous: ReadonlyMap<string, number>,
): readonly number[] {
  const kept = longestGrowing(ids.map((id) => previous.get(id)))
  const ranks: number[] = []
  let before = Number.NaN
  for (let start = 0; start < ids.length; ) {
    const rank = kept[start]
    if (rank !== undefined) {
      ranks.push(rank)
      before = rank
      start += 1
      continue
    }
    let end = start
    while (end < ids.length && kept[end] === undefined) end += 1
    fillGap(ranks, end - start, before, kept[end] ?? Number.NaN)
    before = ranks[ranks.length - 1] ?? Number.NaN
    start = end
  }
  return isGrowing(ranks) ? ranks : ids.map((_, index) => index + 1)
}

/** Spreads `count` new ranks between two neighbours; `NaN` stands for none. */
function fillGap(ranks: number[], count: number, before: number, after: number): void {
  for (let index = 1; index <= count; index++) {
    if (Number.isNaN(before) && Number.isNaN(after)) ranks.push(index)
    else if (Number.isNaN(after)) ranks.push(Math.floor(before) + index)
    else if (Number.isNaN(before)) ranks.push(Math.ceil(after) - count - 1 + index)
    else ranks.push(before + ((after - before) * index) / (count + 1))
  }
}

function isGrowing(ranks: readonly number[]): boolean {
  for (let index = 1; index < ranks.length; index++) {
    if (!((ranks[index - 1] ?? 0) < (ranks[index] ?? 0))) return false
  }
  return ranks.every(Number.isFinite)
}

/** The values of a longest growing subsequence at their places, `undefined` elsewhere; patience sorting, O(n log n). */
function longestGrowing(values: readonly (number | undefined)[]): readonly (number | undefined)[] {
  const tails: number[] = []
  const before = new Int32Array(values.length).fill(-1)
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue
    const length = countBelow(tails, values, value)
    before[index] = length === 0 ? -1 : (tails[length - 1] ?? -1)
    tails[length] = index
  }
  const kept: (number | undefined)[] = values.map(() => undefined)
  for (let index = tails.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) kept[index] = values[index]
  return kept
}

/** How many of the values at `tails`, which grow, are below `value`. */
function countBelow(
  tails: readonly number[],
  values: readonly (number | undefined)[],
  value: number,
): number {
  let low = 0
  let high = tails.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[tails[middle] ?? 0] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
