import { hash } from 'node:crypto'
import type { Ask } from '../limiter.ts'

/** Addresses, most keys and names of users are shorter. */
const longest = 64

/**
 * The asks with subjects of bounded length: long ones as their hash. Clients choose some subjects, and what they choose shall cost
 * the office, which all processes share, no more than an address does.
 */
export function withShortSubjects(asks: readonly Ask[]): readonly Ask[] {
  return asks.every(({ subject }) => isShort(subject)) ? asks : asks.map(shortened)
}

/** A subject as it is, or its hash when it is long. */
export function shortSubject(subject: string): string {
  return isShort(subject) ? subject : `\0${hash('sha256', subject, 'base64url')}`
}

/** A hash begins with a NUL, so a subject that does too is hashed: nobody calls themselves like the hash of another. */
function isShort(subject: string): boolean {
  return subject.length <= longest && subject.charCodeAt(0) !== 0
}

function shortened(ask: Ask): Ask {
  return isShort(ask.subject) ? ask : { ...ask, subject: shortSubject(ask.subject) }
}
