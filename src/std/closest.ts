/**
 * The one of `candidates` that was probably meant by `word`; `undefined` when none is near: at most one edit (insert, drop,
 * change, swap of neighbours) in three letters, case aside.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word === '' || word.length > longestWord) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue
    const edits = editsBetween(wanted, candidate.toLowerCase(), fewest)
    if (edits >= fewest) continue
    best = candidate
    fewest = edits
  }
  return best
}

/** Longer ones are not typing mistakes, and would cost time that grows with the square of their length. */
const longestWord = 64

/** Optimal string alignment distance; gives up, with a number of at least `limit`, once it cannot be smaller. */
function editsBetween(from: string, to: string, limit: number): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    let smallest = row
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let edits = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      )
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) edits = Math.min(edits, at(beforeLast, column - 2) + 1)
      current.push(edits)
      smallest = Math.min(smallest, edits)
    }
    if (smallest >= limit) return smallest
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
