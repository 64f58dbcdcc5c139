import { frameType as type } from '../../src/wire/h2/protocol.ts'
import { parseFrames } from '../support/h2-frames.ts'
import type { FramePeers } from './frame-peers.ts'
import { type Steps, someSteps, stepsText } from './frame-steps.ts'
import { type Verdict, verdictOf } from './frame-verdict.ts'
import { Random } from './random.ts'

export interface FrameResult {
  readonly cases: number
  /** What is wrong, and with which frames. */
  readonly finding: string | undefined
}

/**
 * Sends the same frames to a gateway, to nghttpd and to `node:http2` until `goesOn` says no or the gateway stands alone: it finds
 * fault with what both others take, takes what both refuse, or hangs. Whether a fault ends the stream or the connection is
 * not compared, since RFC 9113 §5.4.2 leaves that to the receiver; what makes one faultless is.
 */
export async function fuzzFrames(
  peers: FramePeers,
  seed: number,
  goesOn: (cases: number) => boolean,
): Promise<FrameResult> {
  const random = new Random(seed)
  let cases = 0
  for (; goesOn(cases); cases++) {
    const steps = someSteps(random)
    const what = await compared(peers, steps)
    if (what !== undefined)
      return { cases, finding: `${what}\n  ${stepsText(await shortened(peers, steps))}` }
  }
  return { cases, finding: undefined }
}

type Judged = 'right' | 'wrong' | 'silent'

/** In which way the gateway stands alone; `undefined` when it does not. */
async function compared(peers: FramePeers, steps: Steps): Promise<string | undefined> {
  const verdicts = await Promise.all([
    verdictOf(peers.gateway, steps),
    verdictOf(peers.nghttpd, steps),
    verdictOf(peers.node, steps),
  ])
  const [ours, ...others] = verdicts.map((verdict) => judged(verdict, steps))
  const text = verdicts.map(verdictText).join(' | ')
  if (ours === 'silent') return `hangs: ${text}`
  if (ours === 'wrong' && others.every((one) => one === 'right')) {
    return goesBack(steps) ? undefined : `refuses what others take: ${text}`
  }
  if (ours === 'right' && others.every((one) => one !== 'right')) return `takes what others refuse: ${text}`
  return undefined
}

function judged({ connection, resets }: Verdict, steps: Steps): Judged {
  if (connection === 'silent') return 'silent'
  if (connection === 'error' || resets.size > 0) return 'wrong'
  // Servers may leave when the client has said that it does.
  return connection === 'open' || framesOf(steps).some((one) => one.type === type.goaway) ? 'right' : 'wrong'
}

/** Whether a head or DATA comes on a stream that was passed over: a fault (RFC 9113 §5.1, §5.1.1) that nghttp2 ignores. */
function goesBack(steps: Steps): boolean {
  const opened = new Set<number>()
  for (const { type: kind, id } of framesOf(steps)) {
    if (kind !== type.headers && kind !== type.data) continue
    if (!opened.has(id) && [...opened].some((other) => other > id)) return true
    if (kind === type.headers) opened.add(id)
  }
  return false
}

function framesOf(steps: Steps): ReturnType<typeof parseFrames>['frames'] {
  return parseFrames(Buffer.concat(steps)).frames
}

function verdictText({ connection, code, resets }: Verdict): string {
  const streams = [...resets].map(([id, reset]) => `${id} ${reset}`)
  return [connection, code, ...streams].filter((part) => part !== '').join(' ')
}

/** Leaves out what the finding does not need. */
async function shortened(peers: FramePeers, found: Steps): Promise<Steps> {
  let steps = found
  for (let i = found.length - 1; i >= 0 && steps.length > 1; i--) {
    const shorter = steps.toSpliced(i, 1)
    if ((await compared(peers, shorter)) !== undefined) steps = shorter
  }
  return steps
}
