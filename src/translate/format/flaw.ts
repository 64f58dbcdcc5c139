import type { SecretSources } from '../../model/secret.ts'

/** What is wrong with one value, and what to write instead; the reader adds where it stands. */
export class Flaw {
  /** Follows the value in quotes: `is not a duration`. */
  readonly message: string
  /** `write "5s"`. */
  readonly remedy: string

  constructor(message: string, remedy: string) {
    this.message = message
    this.remedy = remedy
  }
}

/** How a piece of text in the configuration becomes a value. */
export interface Format<T> {
  /** What it is, with an article: `a duration`. */
  readonly noun: string
  /** What to write: `a number and a unit, such as "5s"`. */
  readonly example: string
  /** A regular expression for editors; never laxer than `read` needs to be right, and often laxer than `read`. */
  readonly pattern: string | undefined
  read(text: string, secrets: SecretSources): T | Flaw
}

/** For defaults and examples, which hold no secrets. */
export const noSecrets: SecretSources = { env: {}, readSecret: () => undefined }
