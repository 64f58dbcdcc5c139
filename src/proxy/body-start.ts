import type { BodyStart } from '../filters/filter.ts'
import type { BodyWish } from '../model/filters/body-wish.ts'
import type { LocalReply } from '../model/reply.ts'
import { armPhase } from './deadline.ts'
import type { Exchange } from './exchange.ts'
import { rescue } from './rescue.ts'

const noBody: BodyStart = Object.freeze({ bytes: Buffer.alloc(0), isWhole: true })

/**
 * The first bytes of a request's body for a filter that wants them, up to one more than it takes: so it is known whether that is all.
 * An upgrade has no body.
 *
 * @returns `undefined` when they have not come yet; the answer to a body that the filter does not take.
 */
export function bodyStart(
  exchange: Exchange,
  { most, larger }: BodyWish,
): BodyStart | LocalReply | undefined {
  const { kept, keptBytes, uploadComplete, upgrade, head } = exchange
  if (upgrade !== undefined || (uploadComplete && keptBytes === 0)) return noBody
  const size = Math.max(head.contentLength, keptBytes)
  if (larger === 'refuse' && size > most) return rescue('body_too_large', `more than ${most} bytes`)
  if (!uploadComplete && keptBytes <= most) return undefined
  const [only = noBody.bytes] = kept
  const bytes = kept.length === 1 ? only : Buffer.concat(kept)
  return { bytes: bytes.subarray(0, most), isWhole: keptBytes <= most }
}

/** Lets more of the body come, and goes on with `resume` when it is as much as is wanted, or the whole. */
export function awaitBody(exchange: Exchange, { most }: BodyWish, resume: () => void): void {
  exchange.phase = 'collecting'
  exchange.bodyWait = {
    most,
    resume: () => {
      exchange.bodyWait = undefined
      exchange.phase = 'routing'
      resume()
    },
  }
  askForBody(exchange)
  exchange.resumeUpload()
  armPhase(exchange, exchange.runtime?.idleMs ?? Number.POSITIVE_INFINITY)
}

/** Tells a client that waits for it to send its body; once. RFC 9110 §10.1.1. */
export function askForBody(exchange: Exchange): void {
  if (!exchange.head.expectContinue || exchange.continued) return
  exchange.continued = true
  exchange.sink?.sendInformational(100)
  exchange.sink?.flush()
}
