import type { NameTree } from './name-tree.ts'

/** Every leaf's value, from left to right, repeated ones included. */
export function leavesOf<T>(tree: NameTree<T>): T[] {
  switch (tree.kind) {
    case 'leaf':
      return [tree.value]
    case 'neg':
    case 'fail':
    case 'empty':
      return []
    case 'alt':
      return tree.trees.flatMap(leavesOf)
    case 'union':
      return tree.branches.flatMap((branch) => leavesOf(branch.tree))
  }
}

/** The tree with every leaf replaced by what `replace` gives for it: a whole tree, so names can be bound step by step. */
export function bindLeaves<T, U>(tree: NameTree<T>, replace: (value: T) => NameTree<U>): NameTree<U> {
  switch (tree.kind) {
    case 'leaf':
      return replace(tree.value)
    case 'neg':
    case 'fail':
    case 'empty':
      return tree
    case 'alt':
      return { kind: 'alt', trees: tree.trees.map((branch) => bindLeaves(branch, replace)) }
    case 'union':
      return {
        kind: 'union',
        branches: tree.branches.map(({ weight, tree: branch }) => ({
          weight,
          tree: bindLeaves(branch, replace),
        })),
      }
  }
}
