import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { HashAnswer, HashQuestion } from './hash-thread.ts'

/** `busy`: too many wait already. `broken`: the thread has ended, and the next one who asks starts another. */
export type HashVerdict = 'right' | 'wrong' | 'busy' | 'broken'

/** Asks the thread of one process; as tests replace it. */
export interface HashThread {
  ask(question: HashQuestion): void
  end(): void
}

/** @param onAnswer is called once for each question, in order. @param onEnd is called when the thread has ended, whyever. */
export type StartHashThread = (onAnswer: (answer: HashAnswer) => void, onEnd: () => void) => HashThread

interface Waiting {
  readonly question: HashQuestion
  readonly tell: (verdict: HashVerdict) => void
}

/** Of one group: with cost 10 it takes a thread two or three seconds to look at so many. */
const mostOfGroup = 32
/** Of all groups together. */
const mostWaiting = 512

/**
 * Checks passwords against hashes in a thread of its own, one after the other: a hash takes up to a second of a core, and traffic must
 * not wait for it. The thread starts with the first question. 32 questions of a group may wait, and groups take turns: the hashes
 * of one tenant, which may be slow ones, keep those of another waiting for one at a time. When 512 wait in all, the longest group
 * makes room for a shorter one.
 */
export class HashQueue {
  readonly #start: StartHashThread
  /** In the order of their turns; none is empty. */
  readonly #groups = new Map<string, Waiting[]>()
  #count = 0
  #thread: HashThread | undefined
  #asked: Waiting | undefined

  constructor(start: StartHashThread = startThread) {
    this.#start = start
  }

  /** Never rejects. @param group whose users they are. */
  verify(password: string, hash: string, group = ''): Promise<HashVerdict> {
    const waiting = this.#groups.get(group) ?? []
    if (waiting.length >= mostOfGroup) return Promise.resolve('busy')
    if (this.#count >= mostWaiting && !this.#makeRoom(waiting.length)) return Promise.resolve('busy')
    const { promise, resolve } = Promise.withResolvers<HashVerdict>()
    waiting.push({ question: { password, hash }, tell: resolve })
    this.#groups.set(group, waiting)
    this.#count += 1
    this.#next()
    return promise
  }

  /** Ends the thread; whoever waits is told that it is broken. */
  close(): void {
    const thread = this.#thread
    this.#break()
    thread?.end()
  }

  /** Sends the last one of the longest group away, so that many full groups keep no other out. @returns whether a group of `length` may grow. */
  #makeRoom(length: number): boolean {
    let longest: Waiting[] = []
    for (const group of this.#groups.values()) if (group.length > longest.length) longest = group
    if (longest.length <= length + 1) return false
    const last = longest.pop()
    this.#count -= 1
    last?.tell('busy')
    return true
  }

  #next(): void {
    if (this.#asked !== undefined) return
    const next = this.#take()
    if (next === undefined) return
    this.#asked = next
    this.#thread ??= this.#startOne()
    this.#thread.ask(next.question)
  }

  /** The first of the group whose turn it is, which goes behind the others then. */
  #take(): Waiting | undefined {
    const [first] = this.#groups
    if (first === undefined) return undefined
    const [group, waiting] = first
    const next = waiting.shift()
    this.#groups.delete(group)
    if (waiting.length > 0) this.#groups.set(group, waiting)
    this.#count -= 1
    return next
  }

  #startOne(): HashThread {
    const thread = this.#start(
      ({ isRight }) => {
        const asked = this.#asked
        this.#asked = undefined
        asked?.tell(isRight ? 'right' : 'wrong')
        this.#next()
      },
      () => {
        if (this.#thread === thread) this.#break()
      },
    )
    return thread
  }

  #break(): void {
    const waiting = [...this.#groups.values()].flat()
    const lost = this.#asked === undefined ? waiting : [this.#asked, ...waiting]
    const told = lost.map(({ tell }) => tell)
    this.#thread = undefined
    this.#asked = undefined
    this.#groups.clear()
    this.#count = 0
    for (const tell of told) tell('broken')
  }
}

/** The thread's main file beside this one: a source, or what the compiler made of it. */
const threadFile = join(import.meta.dirname, `hash-thread${extname(import.meta.filename)}`)

/** Tables of bcrypt are 4 KiB; what comes in is bounded by the head of a request. */
const heapMegabytes = 32

/** It gets no environment, which holds secrets, and does not keep the process alive. */
function startThread(onAnswer: (answer: HashAnswer) => void, onEnd: () => void): HashThread {
  const worker = new Worker(threadFile, {
    env: {},
    name: 'tidegate passwords',
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
  })
  worker.unref()
  worker.on('message', onAnswer)
  worker.on('error', onEnd)
  worker.on('exit', onEnd)
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    ask: (question) => worker.postMessage(question),
    end: () => void worker.terminate(),
  }
}
