import type {
  StoreAnswer,
  StoreFailure,
  StoreLink,
  StoreLinkEvents,
  StoreQuestion,
} from '../../src/limits/store-link.ts'

interface Asked {
  readonly keys: readonly string[]
  readonly args: readonly string[]
  readonly to: StoreAnswer
}

/** A link to no store: a test answers for it. */
export class FakeStoreLink implements StoreLink {
  ready = false
  readonly scriptLoads = 0
  /** Not answered yet. */
  readonly asked: Asked[] = []
  /** How many questions came. */
  questions = 0
  reconnects = 0
  isClosed = false
  #on: StoreLinkEvents | undefined

  start(on: StoreLinkEvents): void {
    this.#on = on
  }

  ask({ keys, args }: StoreQuestion, to: StoreAnswer): void {
    this.questions++
    this.asked.push({ keys, args, to })
  }

  reconnect(): void {
    this.reconnects++
    this.lose({ kind: 'connection', cause: 'it is connected anew' })
  }

  close(): void {
    this.isClosed = true
  }

  /** The connection is there; does not answer the probe. */
  connect(): void {
    this.ready = true
    this.#on?.onReady()
  }

  lose(failure: StoreFailure): void {
    this.ready = false
    this.#on?.onLost(failure)
  }

  /** Admits the oldest question that waits: every share full before. */
  admit(): void {
    const { keys, args, to } = this.asked.shift() ?? {}
    if (keys === undefined || args === undefined) throw new Error('nothing was asked')
    to?.onReply(replyTo(args))
  }

  fail(failure: StoreFailure): void {
    this.asked.shift()?.to.onFailure(failure)
  }
}

function replyTo(args: readonly string[]): number[] {
  const reply: number[] = []
  for (let at = 0; at < args.length; ) {
    const count = Math.abs(Number(args[at]))
    reply.push(0, 0)
    for (let i = 0; i < count; i++) reply.push(Number(args[at + 2 * i + 2]), 0)
    at += 1 + 2 * count
  }
  return reply
}
