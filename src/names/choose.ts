import type { Branch, Choice, NameTree } from './name-tree.ts'
import { type Alive, presenceOf } from './presence.ts'

const neg = Object.freeze({ kind: 'neg' } as const)
const fail = Object.freeze({ kind: 'fail' } as const)

/**
 * Picks the destination of one request. Allocates nothing.
 *
 * Branches of a union that lead nowhere lose their weight to the others, whether they are `neg`, `fail` or a leaf that
 * is not alive; a weight of 0 is never taken. The tree need not be simplified.
 *
 * @param roll returns a number in [0, 1); called once for each union with more than one branch to take.
 * @param alive says whether a leaf leads anywhere; one that does not counts as `neg`. Left out, all do.
 */
export function choose<T>(tree: NameTree<T>, roll: () => number, alive?: Alive<T>): Choice<T> {
  switch (tree.kind) {
    case 'leaf':
      return alive === undefined || alive(tree.value) ? tree : neg
    case 'neg':
    case 'fail':
    case 'empty':
      return tree
    case 'alt':
      for (const branch of tree.trees) {
        const choice = choose(branch, roll, alive)
        if (choice.kind !== 'neg') return choice
      }
      return neg
    case 'union':
      return chooseBranch(tree.branches, roll, alive)
  }
}

function chooseBranch<T>(
  branches: readonly Branch<T>[],
  roll: () => number,
  alive: Alive<T> | undefined,
): Choice<T> {
  let total = 0
  let last: NameTree<T> | undefined
  let several = false
  let fails = false
  for (const branch of branches) {
    if (!(branch.weight > 0)) continue
    const presence = presenceOf(branch.tree, alive)
    if (presence === 'fail') fails = true
    if (presence !== 'there') continue
    several = last !== undefined
    last = branch.tree
    total += branch.weight
  }
  if (last === undefined) return fails ? fail : neg
  if (!several) return choose(last, roll, alive)

  let left = roll() * total
  for (const branch of branches) {
    if (!(branch.weight > 0) || presenceOf(branch.tree, alive) !== 'there') continue
    left -= branch.weight
    if (left < 0) return choose(branch.tree, roll, alive)
  }
  // Rounding can leave a hair over: it belongs to the last branch.
  return choose(last, roll, alive)
}
