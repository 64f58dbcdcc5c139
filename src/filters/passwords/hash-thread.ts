import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { verifyPassword } from './verify-password.ts'

/** What the thread is asked; answered by a `HashAnswer`, one after the other. */
export interface HashQuestion {
  readonly password: string
  readonly hash: string
}

export interface HashAnswer {
  readonly isRight: boolean
}

/** Traffic comes first: on Linux this is the niceness of this thread alone. */
const politeness = 10

try {
  setPriority(politeness)
} catch {
  // Where it may not be set, the thread is as any other.
}

parentPort?.on('message', ({ password, hash }: HashQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage({ isRight: verifyPassword(password, hash) } satisfies HashAnswer)
})
