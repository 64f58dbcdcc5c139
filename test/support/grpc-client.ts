import {
  type CallOptions,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type StatusObject,
} from '@grpc/grpc-js'
import { within } from './raw-client.ts'

/** How a call went. */
export interface Called {
  readonly code: number
  readonly details: string
  readonly messages: readonly Buffer[]
  /** Metadata at the beginning; `undefined` when there was none but the trailers. */
  readonly head: Metadata | undefined
  readonly trailers: Metadata
}

export interface CallWish extends CallOptions {
  readonly metadata?: Metadata
}

const asIs = (bytes: Buffer): Buffer => bytes

/** A client of `@grpc/grpc-js` with a connection of its own, for the service of `GrpcOrigin`. It repeats nothing by itself. */
export class GrpcClient implements Disposable {
  readonly #client: Client

  /** @param ca the authority in PEM, for TLS; the server is taken for `a.test`. */
  constructor(port: number, ca?: string, options: ChannelOptions = {}) {
    const security = ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca))
    this.#client = new Client(`127.0.0.1:${port}`, security, {
      ...(ca === undefined ? {} : { 'grpc.ssl_target_name_override': 'a.test' }),
      'grpc.default_authority': 'a.test',
      'grpc.enable_retries': 0,
      'grpc.enable_http_proxy': 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
      ...options,
    })
  }

  unary(method: string, message: Buffer | string, wish: CallWish = {}): Promise<Called> {
    const { metadata = new Metadata(), ...options } = wish
    const path = `/test.Echo/${method}`
    const came: Buffer[] = []
    const call = this.#client.makeUnaryRequest(
      path,
      asIs,
      asIs,
      Buffer.from(message),
      metadata,
      options,
      (_, value) => (value === undefined ? undefined : came.push(value)),
    )
    return ended(call, came)
  }

  collect(messages: readonly (Buffer | string)[], wish: CallWish = {}): Promise<Called> {
    const { metadata = new Metadata(), ...options } = wish
    const came: Buffer[] = []
    const call = this.#client.makeClientStreamRequest(
      '/test.Echo/Collect',
      asIs,
      asIs,
      metadata,
      options,
      (_, value) => (value === undefined ? undefined : came.push(value)),
    )
    for (const message of messages) call.write(Buffer.from(message))
    call.end()
    return ended(call, came)
  }

  spread(message: string, wish: CallWish = {}): Promise<Called> {
    return streamed(this.stream('Spread', message, wish))
  }

  chat(messages: readonly (Buffer | string)[], wish: CallWish = {}): Promise<Called> {
    const call = this.duplex(wish)
    for (const message of messages) call.write(Buffer.from(message))
    call.end()
    return streamed(call)
  }

  /** A call to which the server streams; `streamed` tells how it went. */
  stream(method: string, message: string, wish: CallWish = {}): ClientReadableStream<Buffer> {
    const { metadata = new Metadata(), ...options } = wish
    const path = `/test.Echo/${method}`
    return this.#client.makeServerStreamRequest(path, asIs, asIs, Buffer.from(message), metadata, options)
  }

  /** A `Chat` that goes on. */
  duplex(wish: CallWish = {}): ClientDuplexStream<Buffer, Buffer> {
    const { metadata = new Metadata(), ...options } = wish
    return this.#client.makeBidiStreamRequest('/test.Echo/Chat', asIs, asIs, metadata, options)
  }

  [Symbol.dispose](): void {
    this.#client.close()
  }
}

/** Reads a stream to its end. */
export async function streamed(call: ClientReadableStream<Buffer>): Promise<Called> {
  const came: Buffer[] = []
  const end = Promise.withResolvers<void>()
  call.on('data', (message: Buffer) => came.push(message))
  call.on('error', () => {})
  call.on('end', end.resolve)
  const called = await ended(call, came)
  await within(end.promise, 'the end of the stream')
  return called
}

interface Telling {
  on(event: 'metadata', listener: (head: Metadata) => void): unknown
  on(event: 'status', listener: (status: StatusObject) => void): unknown
}

async function ended(call: Telling, messages: readonly Buffer[]): Promise<Called> {
  const status = Promise.withResolvers<StatusObject>()
  let head: Metadata | undefined
  call.on('metadata', (came) => {
    head = came
  })
  call.on('status', status.resolve)
  const { code, details, metadata } = await within(status.promise, 'the status of the call')
  return { code, details, messages, head, trailers: metadata }
}
