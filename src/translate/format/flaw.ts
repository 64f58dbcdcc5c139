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
  read(text: string, surroundings: FormatSurroundings): T | Flaw
}

/** What formats need from outside. */
export interface FormatSurroundings extends SecretSources {
  readonly checkRegex?: (pattern: string) => string | undefined
}

/** For defaults and examples, which hold neither secrets nor expressions of operators. */
export const noSurroundings: FormatSurroundings = { env: {}, readSecret: () => undefined }

/** A value as it may stand in a message: in double quotes, escaped, at most 60 characters of it. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
}
