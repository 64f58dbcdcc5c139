import { frameType as type } from '../../src/wire/h2/protocol.ts'
import { block, frame, frameText, parseFrames, settingsPayload, u32 } from '../support/h2-frames.ts'
import type { Random } from './random.ts'

/** What a client sends at once, in order: one frame, or a few that belong together. */
export type Steps = readonly Buffer[]

const get = block([':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'a.test'])
const post = block([':method', 'POST'], [':scheme', 'http'], [':path', '/'], [':authority', 'a.test'])
const trailers = block(['x-trailer', 'yes'])

/** Heads that RFC 9113 §8.2 and §8.3 call malformed. */
const malformed = [
  block([':method', 'GET'], [':scheme', 'http'], [':authority', 'a.test']),
  block([':method', 'GET'], [':scheme', 'http'], [':path', ''], [':authority', 'a.test']),
  block([':scheme', 'http'], [':path', '/'], [':authority', 'a.test']),
  block([':method', 'GET'], [':path', '/'], [':authority', 'a.test']),
  Buffer.concat([get, block([':path', '/'])]),
  Buffer.concat([get, block([':status', '200'])]),
  Buffer.concat([block(['x-first', 'a']), get]),
  Buffer.concat([get, block(['Upper', 'a'])]),
  Buffer.concat([get, block(['connection', 'close'])]),
  Buffer.concat([get, block(['transfer-encoding', 'chunked'])]),
  Buffer.concat([get, block(['te', 'gzip'])]),
  Buffer.concat([get, block(['content-length', '5'])]),
]

const rightSettings = [
  [1, 4096],
  [2, 0],
  [3, 50],
  [4, 70_000],
  [5, 16_384],
  [6, 8000],
] as const

/** A connection after its preface: frames that are right, and now and then one that is not. */
export function someSteps(random: Random): Steps {
  const client = new Client(random)
  const count = 1 + random.below(8)
  const steps: Buffer[] = []
  for (let i = 0; i < count; i++) steps.push(random.once(3) ? client.odd() : client.usual())
  return steps
}

/** `headers 1 end, data 1 3 bytes`, for findings. */
export function stepsText(steps: Steps): string {
  const { frames, rest } = parseFrames(Buffer.concat(steps))
  const texts = frames.map((one) => {
    // Reading a code needs a payload that is long enough.
    const text = one.payload.length >= 8 || one.type < 3 ? frameText(one) : `type ${one.type} on ${one.id}`
    return `${text} [flags ${one.flags}, ${one.payload.length <= 24 ? one.payload.toString('hex') : `${one.payload.length} bytes`}]`
  })
  return [...texts, ...(rest.length === 0 ? [] : [`${rest.length} bytes of a frame`])].join('\n  ')
}

/** Keeps count of streams, so that most of what it sends makes sense. */
class Client {
  readonly #random: Random
  readonly #open: number[] = []
  readonly #closed: number[] = []
  #next = 1

  constructor(random: Random) {
    this.#random = random
  }

  /** What a client may do. */
  usual(): Buffer {
    const random = this.#random
    const id = random.pick([0, ...this.#open])
    switch (random.below(9)) {
      case 0:
      case 1:
        return this.#request()
      case 2:
        return this.#upload()
      case 3:
        return this.#body()
      case 4:
        return frame(type.windowUpdate, 0, id, u32(1 + random.below(1000)))
      case 5:
        return frame(type.ping, 0, 0, Buffer.alloc(8, random.below(256)))
      case 6:
        return frame(type.settings, 0, 0, settingsPayload(random.pick(rightSettings), [0x99, 5]))
      case 7:
        return frame(
          type.priority,
          0,
          this.#next + 2 * random.below(3),
          Buffer.concat([u32(0), Buffer.from([15])]),
        )
      default:
        return frame(
          20 + random.below(200),
          random.below(256),
          random.below(9),
          Buffer.alloc(random.below(20)),
        )
    }
  }

  /** What it may not do, or what few do. */
  odd(): Buffer {
    const random = this.#random
    const some = random.pick([0, 1, 2, 4, 9, this.#next, ...this.#open, ...this.#closed])
    switch (random.below(14)) {
      case 0:
        return frame(type.data, random.below(2), some, Buffer.alloc(random.below(9)))
      case 1:
        return this.#padded(some)
      case 2:
        return frame(
          type.windowUpdate,
          0,
          some,
          random.pick([u32(0), u32(0x7fffffff), u32(5).subarray(0, 3), u32(1, 1)]),
        )
      case 3:
        return frame(
          type.resetStream,
          0,
          some,
          random.pick([u32(8), u32(8), u32(0), u32(8).subarray(0, 3), u32(8, 8)]),
        )
      case 4:
        return this.#settings()
      case 5:
        return frame(
          type.ping,
          random.below(2),
          random.pick([0, 0, 1]),
          Buffer.alloc(random.pick([0, 7, 8, 8, 9])),
        )
      case 6:
        return frame(
          type.goaway,
          0,
          random.pick([0, 0, 1]),
          random.pick([u32(0, 0), u32(0, 0), u32(1), u32(0, 2)]),
        )
      case 7:
        return frame(
          type.priority,
          0,
          some,
          Buffer.concat([u32(some), Buffer.alloc(random.pick([0, 1, 1, 2]))]),
        )
      case 8:
        return frame(type.pushPromise, 4, some, Buffer.concat([u32(2), get]))
      case 9:
        return frame(type.continuation, random.pick([0, 4]), some, random.pick([trailers, Buffer.alloc(0)]))
      case 10:
        return frame(random.pick([0, 1, 6, 77]), 0, some, Buffer.alloc(random.pick([16_384, 16_385])))
      case 11:
        return frame(type.headers, random.pick([4, 5]), some, random.pick([get, trailers, Buffer.alloc(0)]))
      case 12:
        return this.#head(random.pick(malformed))
      default:
        return this.#split()
    }
  }

  #id(): number {
    const id = this.#next
    this.#next += 2 + 2 * (this.#random.once(8) ? this.#random.below(4) : 0)
    return id
  }

  #request(): Buffer {
    const id = this.#id()
    this.#closed.push(id)
    return frame(type.headers, 5, id, get)
  }

  #upload(): Buffer {
    const id = this.#id()
    this.#open.push(id)
    return frame(type.headers, 4, id, post)
  }

  /** Of a body that is open, or of a new one; with its end, or with trailers, or with neither. */
  #body(): Buffer {
    const random = this.#random
    if (this.#open.length === 0) return this.#upload()
    const id = random.pick(this.#open)
    const isLast = random.once(2)
    if (isLast) {
      this.#open.splice(this.#open.indexOf(id), 1)
      this.#closed.push(id)
    }
    if (isLast && random.once(2)) return frame(type.headers, 5, id, trailers)
    return frame(type.data, isLast ? 1 : 0, id, Buffer.alloc(random.below(40)))
  }

  #head(head: Buffer): Buffer {
    const id = this.#id()
    this.#closed.push(id)
    return frame(type.headers, 5, id, head)
  }

  /** Padding that fits, fills, or is too much; on DATA or on a head. */
  #padded(some: number): Buffer {
    const random = this.#random
    const length = random.pick([0, 1, 4, 5, 6, 255])
    if (random.once(2)) {
      return frame(type.data, 8, some, Buffer.concat([Buffer.from([length]), Buffer.alloc(5)]))
    }
    const padding = Buffer.alloc(random.once(3) ? 0 : length)
    return frame(type.headers, 8 | 5, this.#id(), Buffer.concat([Buffer.from([length]), get, padding]))
  }

  #settings(): Buffer {
    const random = this.#random
    const pair = random.pick([
      [2, 2],
      [2, 1],
      [4, 0x80000000],
      [4, 0x7fffffff],
      [4, 0],
      [5, 16_383],
      [5, 0x1000000],
      [5, 0xffffff],
      [1, 0],
      [8, 2],
    ] as const)
    const payload = settingsPayload(pair)
    const flags = random.once(4) ? 1 : 0
    return frame(
      type.settings,
      flags,
      random.pick([0, 0, 0, 1]),
      random.once(6) ? payload.subarray(0, 5) : payload,
    )
  }

  /** A head in two pieces: together, on different streams, or with something between. */
  #split(): Buffer {
    const random = this.#random
    const id = this.#id()
    this.#closed.push(id)
    const at = random.below(get.length)
    const between = random.pick([Buffer.alloc(0), Buffer.alloc(0), frame(type.ping, 0, 0, Buffer.alloc(8))])
    const onto = random.once(6) ? id + 2 : id
    return Buffer.concat([
      frame(type.headers, 1, id, get.subarray(0, at)),
      between,
      frame(type.continuation, random.once(8) ? 0 : 4, onto, get.subarray(at)),
    ])
  }
}
