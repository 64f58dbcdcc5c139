/** Where a piece of configuration came from, so that whatever is wrong can be shown where it stands. */
export interface Origin {
  /** `"file"` today; Kubernetes objects and discovery later. */
  readonly source: 'file' | 'builtin'
  /** A file's path as the operator gave it; `""` for built-in parts. */
  readonly file: string
  /** Counted from 1; 0 when the piece has no line of its own. */
  readonly line: number
  readonly column: number
  /** The path of the piece inside its document: `routes[3].filters[0]`. */
  readonly field: string
}
