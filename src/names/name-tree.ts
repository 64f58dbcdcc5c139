/**
 * Where a name leads, as in Finagle: every split, fallback and refusal of the gateway is one of these.
 *
 * - `leaf`: a destination.
 * - `alt`: the first branch that is not `neg`; `fail` and `empty` stop the search.
 * - `union`: one branch by weight.
 * - `neg`: nothing here, try the next; `fail`: nothing here, stop; `empty`: here, and it holds no endpoint.
 */
export type NameTree<T> =
  | { readonly kind: 'leaf'; readonly value: T }
  | { readonly kind: 'alt'; readonly trees: readonly NameTree<T>[] }
  | { readonly kind: 'union'; readonly branches: readonly Branch<T>[] }
  | { readonly kind: 'neg' }
  | { readonly kind: 'fail' }
  | { readonly kind: 'empty' }

/** A branch of a union; weights are relative, at least 0, and need not add up to anything. */
export interface Branch<T> {
  readonly weight: number
  readonly tree: NameTree<T>
}

/** What choosing from a tree ends in. */
export type Choice<T> = Extract<NameTree<T>, { kind: 'leaf' | 'neg' | 'fail' | 'empty' }>
