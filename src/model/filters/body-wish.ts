import type { Bytes } from '../../std/units.ts'

/** What a filter wants to see of a request's body before it decides. */
export interface BodyWish {
  readonly most: Bytes
  /** What becomes of a request whose body is larger: it is answered with 413, or the filter sees the first part of it. */
  readonly larger: 'refuse' | 'part'
}
