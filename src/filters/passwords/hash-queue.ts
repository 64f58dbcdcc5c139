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

/** With cost 10 it takes a thread two or three seconds to look at so many. */
const mostWaiting = 32

/**
 * Checks passwords against hashes in a thread of its own, one after the other: a hash takes up to a second of a core, and traffic must
 * not wait for it. The thread starts with the first question. 32 questions may wait.
 */
export class HashQueue {
  readonly #start: StartHashThread
  readonly #waiting: Waiting[] = []
  #thread: HashThread | undefined
  #asked: Waiting | undefined

  constructor(start: StartHashThread = startThread) {
    this.#start = start
  }

  /** Never rejects. */
  verify(password: string, hash: string): Promise<HashVerdict> {
    if (this.#waiting.length >= mostWaiting) return Promise.resolve('busy')
    const { promise, resolve } = Promise.withResolvers<HashVerdict>()
    this.#waiting.push({ question: { password, hash }, tell: resolve })
    this.#next()
    return promise
  }

  /** Ends the thread; whoever waits is told that it is broken. */
  close(): void {
    const thread = this.#thread
    this.#break()
    thread?.end()
  }

  #next(): void {
    if (this.#asked !== undefined) return
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#asked = next
    this.#thread ??= this.#startOne()
    this.#thread.ask(next.question)
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
    const lost = this.#asked === undefined ? this.#waiting : [this.#asked, ...this.#waiting]
    const told = lost.map(({ tell }) => tell)
    this.#thread = undefined
    this.#asked = undefined
    this.#waiting.length = 0
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
