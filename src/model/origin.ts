/** Where a piece of configuration came from, so that whatever is wrong can be shown where it stands. */
export interface Origin {
  readonly source: 'file' | 'builtin' | 'kubernetes'
  /** A file's path as the operator gave it; of Kubernetes the object, `Ingress shop/web`; `""` for built-in parts. */
  readonly file: string
  /** Counted from 1; 0 when the piece has no line of its own. */
  readonly line: number
  readonly column: number
  /** The path of the piece inside its document: `routes[3].filters[0]`. */
  readonly field: string
}
