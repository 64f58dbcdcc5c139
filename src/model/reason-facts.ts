/** Whose doing it was. */
export type Side = 'downstream' | 'upstream' | 'gateway'

/** What is known of a reason beforehand. */
export interface ReasonFacts {
  readonly side: Side
  /** One sentence for the person who sees it, in docs and, where allowed, in the answer. */
  readonly text: string
  /** What the operator or the client can do. */
  readonly remedy: string
}
