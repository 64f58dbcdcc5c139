import { hash } from 'node:crypto'
import type { Limit } from './limiter.ts'
import type { QuotaCounts } from './quota.ts'

/** What is kept for one subject of one limit. The fields belong to {@link RecentSubjects}. */
export class Subject implements QuotaCounts {
  readonly limit: string
  readonly name: string
  newer: Subject | undefined = undefined
  older: Subject | undefined = undefined
  /** Monotonic milliseconds: when its share is full again. */
  fullAt = -Infinity
  /** What `fullAt` becomes if the question numbered `question` is admitted. */
  fullAtNext = -Infinity
  question = -1
  /** Of a quota; a rate has none of the three. */
  window = -1
  current = 0
  previous = 0
  /** Of what `deniedCost` cannot pass until `passesAt`, and is to be denied unasked until `deniedUntil`, in monotonic milliseconds. */
  denied: Limit | undefined = undefined
  deniedCost = Infinity
  deniedUntil = -Infinity
  passesAt = -Infinity

  constructor(limit: string, name: string) {
    this.limit = limit
    this.name = name
  }
}

/** Longer names are kept as their hash. Addresses, most keys and names of users are shorter. */
const longestName = 64
/** Those passed over at most, so that making room costs little whatever there is: one in 33 goes all the same. */
const mostPassed = 32

/**
 * The subjects that were asked for last, at most `most` of all limits together: the one that was not asked for the longest
 * goes first. Limits with more than their even part of them lose theirs first, so that a flood of subjects of one limit hardly
 * makes those of another be forgotten. A subject takes about 300 bytes, however long its name is. Looking up one that is there
 * allocates nothing.
 */
export class RecentSubjects {
  readonly #most: number
  readonly #byLimit = new Map<string, Map<string, Subject>>()
  #size = 0
  /** Its `older` is the one used last, its `newer` the one to go first. */
  readonly #ring = new Subject('', '')

  constructor(most: number) {
    this.#most = most
    this.#ring.newer = this.#ring
    this.#ring.older = this.#ring
  }

  get size(): number {
    return this.#size
  }

  /** Finds a subject and makes it the one used last. */
  find(limit: string, name: string): Subject | undefined {
    const subjects = this.#byLimit.get(limit)
    if (subjects === undefined) return undefined
    const found = subjects.get(isPlain(name) ? name : hashed(name))
    if (found !== undefined && this.#ring.older !== found) {
      cutOut(found)
      this.#putFirst(found)
    }
    return found
  }

  /** Like `find`, and makes what is not there; the oldest goes when there are too many. */
  findOrAdd(limit: string, name: string): Subject {
    return this.find(limit, name) ?? this.#add(limit, isPlain(name) ? copied(name) : hashed(name))
  }

  /** The one that goes first when there are too many. */
  get oldest(): Subject | undefined {
    const { newer } = this.#ring
    return newer === this.#ring ? undefined : newer
  }

  remove(subject: Subject): void {
    const subjects = this.#byLimit.get(subject.limit)
    if (subjects?.delete(subject.name) !== true) return
    if (subjects.size === 0) this.#byLimit.delete(subject.limit)
    cutOut(subject)
    this.#size--
  }

  #add(limit: string, name: string): Subject {
    const subject = new Subject(limit, name)
    const subjects = this.#byLimit.get(limit) ?? new Map<string, Subject>()
    subjects.set(name, subject)
    this.#byLimit.set(limit, subjects)
    this.#putFirst(subject)
    this.#size++
    if (this.#size > this.#most) this.#makeRoom()
    return subject
  }

  /** Those of limits that have no more than their part are passed over, as if they had been asked for. */
  #makeRoom(): void {
    const part = this.#most / this.#byLimit.size
    let leaving = this.oldest
    for (let passed = 0; passed < mostPassed && leaving !== undefined; passed++) {
      if ((this.#byLimit.get(leaving.limit)?.size ?? 0) > part) break
      cutOut(leaving)
      this.#putFirst(leaving)
      leaving = this.oldest
    }
    if (leaving !== undefined) this.remove(leaving)
  }

  #putFirst(subject: Subject): void {
    const last = this.#ring.older ?? this.#ring
    subject.newer = this.#ring
    subject.older = last
    last.newer = subject
    this.#ring.older = subject
  }
}

/** A hash begins with a NUL, so a name that does too is hashed: nobody names themselves like the hash of another. */
function isPlain(name: string): boolean {
  return name.length <= longestName && name.charCodeAt(0) !== 0
}

function hashed(name: string): string {
  return `\0${hash('sha256', name, 'base64url')}`
}

/** A name cut out of a request's head would keep all of that head in memory. */
function copied(name: string): string {
  return Buffer.from(name, 'utf16le').toString('utf16le')
}

function cutOut(subject: Subject): void {
  const { newer, older } = subject
  if (newer !== undefined) newer.older = older
  if (older !== undefined) older.newer = newer
  subject.newer = undefined
  subject.older = undefined
}
