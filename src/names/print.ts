import type { Branch, NameTree } from './name-tree.ts'

/** A leaf that can stand in a printed tree without quotes; `parse.ts` reads the same characters. */
const bare = /^[A-Za-z0-9_:.#%/-][A-Za-z0-9_:.#$%/-]*$/

/**
 * The tree as one line of text: `0.9 * web-v1 & 0.1 * web-v2 | web-old`, in Finagle's grammar: `|` binds loosest, `!` is
 * `fail`, `~` is `neg`, `$` is `empty`. Weights are always written; a leaf with other characters is quoted as in JSON.
 *
 * `parseNameTree` reads it back: a simplified tree comes back the same, any other one with the same meaning.
 */
export function printNameTree<T>(tree: NameTree<T>, leafText: (value: T) => string = String): string {
  switch (tree.kind) {
    case 'leaf':
      return printLeaf(leafText(tree.value))
    case 'neg':
      return '~'
    case 'fail':
      return '!'
    case 'empty':
      return '$'
    case 'alt':
      if (tree.trees.length === 0) return '~'
      return tree.trees.map((branch) => wrap(branch, branch.kind === 'alt', leafText)).join(' | ')
    case 'union':
      if (tree.branches.length === 0) return '~'
      return tree.branches.map((branch) => printBranch(branch, leafText)).join(' & ')
  }
}

function printLeaf(text: string): string {
  return bare.test(text) ? text : JSON.stringify(text)
}

function printBranch<T>({ weight, tree }: Branch<T>, leafText: (value: T) => string): string {
  return `${weight} * ${wrap(tree, tree.kind === 'alt' || tree.kind === 'union', leafText)}`
}

function wrap<T>(tree: NameTree<T>, needed: boolean, leafText: (value: T) => string): string {
  const text = printNameTree(tree, leafText)
  return needed ? `(${text})` : text
}
