import type { NameTree } from './name-tree.ts'
import { type Alive, presenceOf } from './presence.ts'

/** One step of the walk through a tree, flat and JSON-able; `depth` says under what it stands. */
export interface WalkStep {
  readonly depth: number
  readonly kind: NameTree<unknown>['kind']
  /** The leaf's text; `""` for the other kinds. */
  readonly name: string
  /** Share of the weights written for a branch of a union, in percent; `null` elsewhere. */
  readonly weight: number | null
  /** Share of all requests that end here (or pass here) now, in percent. */
  readonly share: number
  /** Why the share is what it is, where that is not plain: `not alive: the next is tried`, `out of reach: …`. */
  readonly note: string
}

/**
 * How requests spread over a tree now, from the root down, in the order they are tried.
 *
 * It says the same as `choose` does: the shares are the odds of `choose` with the same `alive`.
 */
export function walkNameTree<T>(
  tree: NameTree<T>,
  leafText: (value: T) => string = String,
  alive?: Alive<T>,
): WalkStep[] {
  const steps: WalkStep[] = []
  visit(tree, { depth: 0, weight: null, share: presenceOf(tree, alive) === 'neg' ? 0 : 100, note: '' })
  return steps

  function visit(at: NameTree<T>, place: Omit<WalkStep, 'kind' | 'name'>): void {
    const note = place.note === '' ? plainNote(at, alive) : place.note
    steps.push({ ...place, note, kind: at.kind, name: at.kind === 'leaf' ? leafText(at.value) : '' })
    if (at.kind === 'alt') visitAlt(at.trees, place)
    if (at.kind === 'union') visitUnion(at, place)
  }

  function visitAlt(trees: readonly NameTree<T>[], place: Omit<WalkStep, 'kind' | 'name'>): void {
    let share = place.share
    for (const branch of trees) {
      const taken = share > 0 && presenceOf(branch, alive) !== 'neg'
      const note = share > 0 || place.share === 0 ? '' : 'not needed: one before it leads somewhere'
      visit(branch, { depth: place.depth + 1, weight: null, share: taken ? share : 0, note })
      if (taken) share = 0
    }
  }

  function visitUnion(union: NameTree<T> & { kind: 'union' }, place: Omit<WalkStep, 'kind' | 'name'>): void {
    const written = union.branches.reduce((sum, branch) => sum + Math.max(branch.weight, 0), 0)
    const presence = presenceOf(union, alive)
    const counts = union.branches.map(
      ({ weight, tree: branch }) =>
        weight > 0 && presence !== 'neg' && presenceOf(branch, alive) === presence,
    )
    const present = union.branches.reduce(
      (sum, branch, i) => sum + (counts[i] === true ? branch.weight : 0),
      0,
    )
    for (const [i, { weight, tree: branch }] of union.branches.entries()) {
      const share = counts[i] === true ? (place.share * weight) / present : 0
      const lost =
        weight > 0 && counts[i] === false && presence === 'there' && presenceOf(branch, alive) !== 'there'
      const note = lost ? `${deadNote(branch)}: its weight goes to the others` : ''
      visit(branch, {
        depth: place.depth + 1,
        weight: written > 0 ? (100 * weight) / written : 0,
        share,
        note,
      })
    }
  }
}

function deadNote<T>(tree: NameTree<T>): string {
  return tree.kind === 'leaf' ? 'no endpoint' : 'leads nowhere'
}

function plainNote<T>(tree: NameTree<T>, alive: Alive<T> | undefined): string {
  if (tree.kind === 'leaf' && presenceOf(tree, alive) === 'neg') return 'no endpoint'
  if (tree.kind === 'neg') return 'nothing here: the next is tried'
  if (tree.kind === 'fail') return 'stop: nothing behind it is tried'
  if (tree.kind === 'empty') return 'here, and it holds no endpoint'
  return ''
}
