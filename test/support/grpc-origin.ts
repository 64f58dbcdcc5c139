import {
  type Metadata,
  Metadata as MetadataOf,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import type { MadeCertificate } from './certificates.ts'

/** The service of `GrpcOrigin`; messages are bytes as they are, so that no schema is needed. */
const service: ServiceDefinition = {
  /** Answers with its message. */
  Unary: method('Unary', 'one', 'one'),
  /** Never answers. */
  Hold: method('Hold', 'one', 'one'),
  /** Answers with all messages, joined. */
  Collect: method('Collect', 'many', 'one'),
  /** Answers `3` with the messages `0`, `1` and `2`. */
  Spread: method('Spread', 'one', 'many'),
  /** Answers with messages of 16 KiB for as long as they are taken. */
  Endless: method('Endless', 'one', 'many'),
  /** Answers each message with the same. */
  Chat: method('Chat', 'many', 'many'),
}

/** https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
const healthService: ServiceDefinition = {
  Check: { ...method('Check', 'one', 'one'), path: '/grpc.health.v1.Health/Check' },
}

function method(name: string, request: 'one' | 'many', response: 'one' | 'many'): ServiceDefinition[string] {
  const asIs = (bytes: Buffer): Buffer => bytes
  return {
    path: `/test.Echo/${name}`,
    requestStream: request === 'many',
    responseStream: response === 'many',
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  }
}

/** A call as the origin saw it. */
export interface SeenCall {
  readonly path: string
  readonly metadata: Metadata
  /** When it has to be over: milliseconds since 1970; infinite for never. */
  readonly deadline: number
  /** Where its connection came from. */
  readonly peer: string
  /** Messages written to it so far. */
  sent: number
  state: 'open' | 'ended' | 'cancelled'
}

/** What calls of all kinds have; a union of them has no `on` that TypeScript would call. */
interface Eventful {
  on(event: 'cancelled' | 'finish', listener: () => void): unknown
}

type AnyCall =
  | ServerUnaryCall<Buffer, Buffer>
  | ServerReadableStream<Buffer, Buffer>
  | ServerWritableStream<Buffer, Buffer>
  | ServerDuplexStream<Buffer, Buffer>

/** A server of `@grpc/grpc-js`. Metadata `x-…` comes back in the head, `x-trailer…` in the trailers. */
export class GrpcOrigin implements Disposable {
  readonly calls: SeenCall[] = []
  /** So many of the next calls end with UNAVAILABLE before a message. */
  failures = 0
  /** What it says of its health. */
  health: 'serving' | 'not serving' = 'serving'
  port = 0
  readonly #seenByCall = new WeakMap<AnyCall, SeenCall>()
  readonly #server = new Server({ 'grpc.max_receive_message_length': -1 })

  private constructor() {
    this.#server.addService(healthService, {
      Check: (_: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) =>
        done(null, Buffer.from([8, this.health === 'serving' ? 1 : 2])),
    })
    this.#server.addService(service, {
      Unary: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
        if (this.#opens(call)) this.#ends(call, done, call.request)
      },
      Hold: (call: ServerUnaryCall<Buffer, Buffer>) => void this.#opens(call),
      Collect: (call: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
        if (!this.#opens(call)) return
        const messages: Buffer[] = []
        call.on('data', (message: Buffer) => messages.push(message))
        call.on('end', () => this.#ends(call, done, Buffer.concat(messages)))
      },
      Spread: (call: ServerWritableStream<Buffer, Buffer>) => {
        if (!this.#opens(call)) return
        const count = Number(call.request)
        for (let i = 0; i < count; i++) call.write(Buffer.from(String(i)))
        call.end(trailersOf(call))
      },
      Endless: (call: ServerWritableStream<Buffer, Buffer>) => {
        if (this.#opens(call)) pour(call, this.#seen(call))
      },
      Chat: (call: ServerDuplexStream<Buffer, Buffer>) => {
        if (!this.#opens(call)) return
        call.on('data', (message: Buffer) => call.write(message))
        call.on('end', () => call.end(trailersOf(call)))
      },
    })
  }

  /** @param secure the certificate to show; without one it speaks HTTP/2 in the clear. */
  static async start(secure?: MadeCertificate): Promise<GrpcOrigin> {
    const origin = new GrpcOrigin()
    const credentials =
      secure === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [
            { cert_chain: Buffer.from(secure.pem), private_key: Buffer.from(secure.keyPem) },
          ])
    const bound = Promise.withResolvers<number>()
    origin.#server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
      error === null ? bound.resolve(port) : bound.reject(error),
    )
    origin.port = await bound.promise
    return origin
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  open(): number {
    return this.calls.filter(({ state }) => state === 'open').length
  }

  /** Accepts nothing more, says GOAWAY, and lets calls come to their ends. */
  async leave(): Promise<void> {
    const left = Promise.withResolvers<void>()
    this.#server.tryShutdown((error) => (error === undefined ? left.resolve() : left.reject(error)))
    await left.promise
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown()
  }

  #seen(call: AnyCall): SeenCall {
    return this.#seenByCall.get(call) as SeenCall
  }

  /** Notes a call and answers with the head; false when it failed instead. */
  #opens(call: AnyCall): boolean {
    const seen: SeenCall = {
      path: call.getPath(),
      metadata: call.metadata,
      deadline: Number(call.getDeadline()),
      peer: call.getPeer(),
      sent: 0,
      state: 'open',
    }
    this.#seenByCall.set(call, seen)
    this.calls.push(seen)
    const events: Eventful = call
    events.on('cancelled', () => {
      seen.state = 'cancelled'
    })
    events.on('finish', () => {
      if (seen.state === 'open') seen.state = 'ended'
    })
    if (this.failures === 0) {
      if (!seen.path.endsWith('/Hold'))
        call.sendMetadata(copied(call.metadata, (key) => key.startsWith('x-echo')))
      return true
    }
    this.failures--
    seen.state = 'ended'
    call.emit('error', { code: status.UNAVAILABLE, details: 'not now' })
    return false
  }

  #ends(call: AnyCall, done: sendUnaryData<Buffer>, message: Buffer): void {
    this.#seen(call).state = 'ended'
    done(null, message, trailersOf(call))
  }
}

function trailersOf(call: AnyCall): Metadata {
  return copied(call.metadata, (key) => key.startsWith('x-trailer'))
}

function copied(from: Metadata, isMeant: (key: string) => boolean): Metadata {
  const copy = new MetadataOf()
  for (const key of Object.keys(from.getMap()).filter(isMeant)) {
    for (const value of from.get(key)) copy.add(key, value)
  }
  return copy
}

function pour(call: ServerWritableStream<Buffer, Buffer>, seen: SeenCall): void {
  const message = Buffer.alloc(16_384, 'e')
  const more = (): void => {
    while (seen.state === 'open') {
      seen.sent++
      if (!call.write(message)) return
    }
  }
  call.on('drain', more)
  more()
}
