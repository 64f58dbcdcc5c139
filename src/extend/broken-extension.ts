import type { Ms } from '../std/units.ts'
import type { StartFailure } from './start-failure.ts'

/** Extensions that cannot start as they are, in one process. */
export interface BrokenExtension {
  /** Its modules as they were written. */
  readonly label: string
  /** Absolute path of the first of them. */
  readonly file: string
  readonly failure: StartFailure
  /** When they first could not, in the time of the wall. */
  readonly since: Ms
  /** Who asks for them. */
  readonly routes: readonly BrokenRoute[]
}

export interface BrokenRoute {
  readonly id: string
  /** Whether the last good ones serve it meanwhile. */
  readonly isServed: boolean
}
