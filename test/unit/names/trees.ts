import * as fc from 'fast-check'
import type { Branch, NameTree } from '../../../src/names/name-tree.ts'

export function leaf<T>(value: T): NameTree<T> {
  return { kind: 'leaf', value }
}

export function alt<T>(...trees: readonly NameTree<T>[]): NameTree<T> {
  return { kind: 'alt', trees }
}

/** `union([9, leaf('a')], [1, leaf('b')])` */
export function union<T>(...branches: readonly (readonly [number, NameTree<T>])[]): NameTree<T> {
  return { kind: 'union', branches: branches.map(([weight, tree]) => ({ weight, tree })) }
}

export const neg = { kind: 'neg' } as const
export const fail = { kind: 'fail' } as const
export const empty = { kind: 'empty' } as const

/** Any tree over the leaves `a` to `d`, with weights that include 0. */
export const anyTree: fc.Arbitrary<NameTree<string>> = fc.letrec<{ tree: NameTree<string> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('a', 'b', 'c', 'd').map(leaf),
    fc.constantFrom<NameTree<string>>(neg, fail, empty),
    fc.array(tie('tree'), { maxLength: 4 }).map((trees): NameTree<string> => ({ kind: 'alt', trees })),
    fc
      .array(fc.record<Branch<string>>({ weight: fc.constantFrom(0, 1, 2, 0.5, 97), tree: tie('tree') }), {
        maxLength: 4,
      })
      .map((branches): NameTree<string> => ({ kind: 'union', branches })),
  ),
})).tree

/** Which of the leaves `a` to `d` are alive. */
export const anyLiving: fc.Arbitrary<ReadonlySet<string>> = fc
  .subarray(['a', 'b', 'c', 'd'])
  .map((names) => new Set(names))

/** The odds of every outcome, worked out from the written meaning of a tree and nothing else. `a` … `d`, `neg`, `fail`, `empty`. */
export function odds(tree: NameTree<string>, living: ReadonlySet<string>): Record<string, number> {
  switch (tree.kind) {
    case 'leaf':
      return { [living.has(tree.value) ? tree.value : 'neg']: 1 }
    case 'neg':
    case 'fail':
    case 'empty':
      return { [tree.kind]: 1 }
    case 'alt':
      return tree.trees.map((branch) => odds(branch, living)).find((one) => one['neg'] !== 1) ?? { neg: 1 }
    case 'union': {
      const live = tree.branches
        .filter((branch) => branch.weight > 0)
        .map(({ weight, tree: branch }) => ({ weight, odds: odds(branch, living) }))
      const good = live.filter((branch) => branch.odds['neg'] !== 1 && branch.odds['fail'] !== 1)
      if (good.length === 0) return { [live.some((branch) => branch.odds['fail'] === 1) ? 'fail' : 'neg']: 1 }
      const total = good.reduce((sum, branch) => sum + branch.weight, 0)
      const all: Record<string, number> = {}
      for (const branch of good) {
        for (const [name, share] of Object.entries(branch.odds)) {
          all[name] = (all[name] ?? 0) + (share * branch.weight) / total
        }
      }
      return all
    }
  }
}

/** The same odds to within rounding. */
export function sameOdds(a: Record<string, number>, b: Record<string, number>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => Math.abs((a[name] ?? 0) - (b[name] ?? 0)) < 1e-9)
}
