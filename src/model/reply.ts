import type { Reason } from './reasons.ts'

/** A response the gateway makes itself, as a value: nothing is thrown for a 404. */
export interface LocalReply {
  readonly status: number
  readonly reason: Reason
  /** Header lines, each `name: value\r\n`, without framing, date or request id. */
  readonly fields: string
  /** latin1 or UTF-8 text; `undefined` lets the gateway write its own short text. */
  readonly body: string | undefined
  /** The same object answers every time, so that what is made of its body can be kept. */
  readonly isFixed?: true
  /** A sentence for trusted eyes: what exactly was wrong, with the value in quotes. */
  readonly detail: string
}
