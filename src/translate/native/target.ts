import type { NameTree } from '../../names/name-tree.ts'
import type { NativeTarget } from '../schema/target.ts'

type Split = Extract<NativeTarget, readonly unknown[]>

/** The tree that a route's `to` stands for; nothing stands for `neg`. */
export function targetTree(to: NativeTarget | undefined): NameTree<string> {
  if (to === undefined) return { kind: 'neg' }
  if (typeof to === 'string') return { kind: 'leaf', value: to }
  if (isSplit(to)) return splitTree(to)
  const trees = to.first.map((one) =>
    typeof one === 'string' ? ({ kind: 'leaf', value: one } as const) : splitTree(one),
  )
  const [only, ...others] = trees
  return only !== undefined && others.length === 0 ? only : { kind: 'alt', trees }
}

function splitTree(split: Split): NameTree<string> {
  const branches = split.map((branch) => {
    const { cluster, weight } = typeof branch === 'string' ? { cluster: branch, weight: 1 } : branch
    return { weight, tree: { kind: 'leaf', value: cluster } as const }
  })
  const [only, ...others] = branches
  return only !== undefined && others.length === 0 ? only.tree : { kind: 'union', branches }
}

function isSplit(to: NativeTarget): to is Split {
  return Array.isArray(to)
}
