import type { MaterialId } from '../material.ts'

/** Asks for a user and a password (RFC 7617). */
export interface BasicAuth {
  /** As browsers show it; latin1 text of UTF-8 bytes. */
  readonly realm: string
  /** A `UserMaterial`; `undefined` where it cannot be had, which no model in force has. */
  readonly users: MaterialId | undefined
  /** What becomes of the request's `authorization` towards the upstream. */
  readonly authorization: 'remove' | 'keep'
  /** Lower case; the upstream learns the user by it, and what the client sent of it is removed. `undefined` tells nobody. */
  readonly userHeader: string | undefined
}
