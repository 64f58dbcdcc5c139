import { readFileSync } from 'node:fs'
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type status,
} from '@grpc/grpc-js'
import protobuf from 'protobufjs'

const { root } = protobuf.parse(readFileSync(new URL('ext-authz.proto', import.meta.url), 'utf8'), {
  keepCase: true,
})
/** Messages of Envoy's external authorization, by a library of others. */
export const checkRequestType = root.lookupType('envoy.service.auth.v3.CheckRequest')
export const checkResponseType = root.lookupType('envoy.service.auth.v3.CheckResponse')

/** A question as the server read it. */
export interface SeenCheck {
  readonly source: SeenPeer
  readonly destination: SeenPeer
  readonly http: {
    readonly id: string
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly path: string
    readonly host: string
    readonly scheme: string
    readonly size: number
    readonly protocol: string
    readonly body: string
    readonly raw_body: Buffer
  }
  readonly seconds: number
  readonly context: Readonly<Record<string, string>>
  readonly metadata: Metadata
}

interface SeenPeer {
  readonly principal: string
  readonly address: string
  readonly port: number
}

/** What it answers: a `CheckResponse` as an object, bytes in the place of one, an error of gRPC, or nothing at all. */
export type Verdict = object | Buffer | { readonly code: number } | 'nothing'

/** A server of `envoy.service.auth.v3.Authorization` on `@grpc/grpc-js`. */
export class AuthzServer implements AsyncDisposable {
  readonly seen: SeenCheck[] = []
  verdict: (check: SeenCheck) => Verdict | Promise<Verdict> = () => ({ status: { code: 0 } })
  readonly #server = new Server()
  #port = 0

  static async start(): Promise<AuthzServer> {
    const server = new AuthzServer()
    await server.#listen()
    return server
  }

  get port(): number {
    return this.#port
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  forget(): void {
    this.seen.length = 0
  }

  #listen(): Promise<void> {
    this.#server.addService(
      {
        Check: {
          path: '/envoy.service.auth.v3.Authorization/Check',
          requestStream: false,
          responseStream: false,
          requestSerialize: (bytes: Buffer) => bytes,
          requestDeserialize: (bytes: Buffer) => checkRequestType.decode(bytes),
          responseSerialize: (verdict: object) =>
            verdict instanceof Buffer
              ? verdict
              : Buffer.from(checkResponseType.encode(checkResponseType.fromObject(verdict)).finish()),
          responseDeserialize: (bytes: Buffer) => bytes,
        },
      },
      { Check: (call: CheckCall, answer: sendUnaryData<object>) => void this.#answer(call, answer) },
    )
    return new Promise((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
        this.#port = port
        if (error === null) resolve()
        else reject(error)
      })
    })
  }

  async #answer(call: CheckCall, answer: sendUnaryData<object>): Promise<void> {
    const check = seenOf(call)
    this.seen.push(check)
    const verdict = await this.verdict(check)
    if (verdict === 'nothing') return
    if (isStatus(verdict)) answer({ ...verdict, details: 'told to' })
    else answer(null, verdict)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown()
    return Promise.resolve()
  }
}

function isStatus(verdict: object): verdict is { readonly code: status } {
  return 'code' in verdict
}

type CheckCall = ServerUnaryCall<protobuf.Message, object>

/** What the library makes of a message, with defaults filled in. */
interface Peer {
  readonly principal: string
  readonly address: {
    readonly socket_address?: { readonly address: string; readonly port_value?: number }
  } | null
}
interface Attributes {
  readonly source: Peer | null
  readonly destination: Peer | null
  readonly request: { readonly time: { readonly seconds: number } | null; readonly http: SeenCheck['http'] }
  readonly context_extensions: SeenCheck['context']
}

function seenOf({ request, metadata }: CheckCall): SeenCheck {
  const read = checkRequestType.toObject(request, { longs: Number, defaults: true })
  const attributes = read['attributes'] as Attributes
  return {
    source: peerOf(attributes.source),
    destination: peerOf(attributes.destination),
    http: attributes.request.http,
    seconds: attributes.request.time?.seconds ?? 0,
    context: attributes.context_extensions,
    metadata,
  }
}

function peerOf(peer: Peer | null): SeenPeer {
  const { address = '', port_value: port = 0 } = peer?.address?.socket_address ?? {}
  return { principal: peer?.principal ?? '', address, port }
}
