import type { NameTree } from './name-tree.ts'

/** Says whether a leaf leads anywhere now: a cluster that exists and has an endpoint. */
export type Alive<T> = (value: T) => boolean

/** What a tree amounts to before any dice are rolled: something is there (a leaf or `empty`), a stop, or nothing. */
export type Presence = 'there' | 'fail' | 'neg'

/**
 * What choosing from `tree` can end in, without choosing: the same for every roll.
 *
 * A leaf that is not alive is nothing (`neg`), so an `alt` goes on to its next branch. A union is there as soon as one
 * branch with a weight is; else it fails if one such branch fails; else it is nothing.
 */
export function presenceOf<T>(tree: NameTree<T>, alive: Alive<T> | undefined): Presence {
  switch (tree.kind) {
    case 'leaf':
      return alive === undefined || alive(tree.value) ? 'there' : 'neg'
    case 'empty':
      return 'there'
    case 'fail':
    case 'neg':
      return tree.kind
    case 'alt':
      for (const branch of tree.trees) {
        const presence = presenceOf(branch, alive)
        if (presence !== 'neg') return presence
      }
      return 'neg'
    case 'union': {
      let presence: Presence = 'neg'
      for (const branch of tree.branches) {
        if (!(branch.weight > 0)) continue
        const found = presenceOf(branch.tree, alive)
        if (found === 'there') return found
        if (found === 'fail') presence = found
      }
      return presence
    }
  }
}
