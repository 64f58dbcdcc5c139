import type { Branch, NameTree } from './name-tree.ts'

const neg = Object.freeze({ kind: 'neg' } as const)

/**
 * The smallest tree that means the same: for every roll and every set of live leaves it is chosen from with the same odds.
 *
 * - An `alt` inside an `alt` is spread out; `neg` branches go; what stands behind a `fail` or `empty` goes, being out of
 *   reach. What stands behind a leaf stays, because the leaf may be dead when a request comes.
 * - A union loses branches of weight 0 and `neg` ones. Its `fail` branches stay: they are what is left when all else is
 *   dead. A union inside a union stays too: the inner one hands the weight of its dead leaves to its own others.
 * - An `alt` or union of one branch is that branch; of none, `neg`. A union of nothing but `fail`, or `empty`, is that.
 */
export function simplify<T>(tree: NameTree<T>): NameTree<T> {
  switch (tree.kind) {
    case 'leaf':
    case 'neg':
    case 'fail':
    case 'empty':
      return tree
    case 'alt':
      return simplifyAlt(tree.trees)
    case 'union':
      return simplifyUnion(tree.branches)
  }
}

function simplifyAlt<T>(trees: readonly NameTree<T>[]): NameTree<T> {
  const kept: NameTree<T>[] = []
  for (const branch of trees) {
    const simple = simplify(branch)
    if (simple.kind === 'neg') continue
    if (simple.kind === 'alt') kept.push(...simple.trees)
    else kept.push(simple)
    const end = kept.at(-1)
    if (end?.kind === 'fail' || end?.kind === 'empty') break
  }
  const [first, second] = kept
  if (first === undefined) return neg
  return second === undefined ? first : { kind: 'alt', trees: kept }
}

function simplifyUnion<T>(branches: readonly Branch<T>[]): NameTree<T> {
  const kept: Branch<T>[] = []
  for (const { weight, tree } of branches) {
    if (!(weight > 0)) continue
    const simple = simplify(tree)
    if (simple.kind !== 'neg') kept.push({ weight, tree: simple })
  }
  const first = kept[0]?.tree
  if (first === undefined) return neg
  const alike =
    (first.kind === 'fail' || first.kind === 'empty') && kept.every((b) => b.tree.kind === first.kind)
  return kept.length === 1 || alike ? first : { kind: 'union', branches: kept }
}
