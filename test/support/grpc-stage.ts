import { makeCa, serverCertificate } from './certificates.ts'
import { type Config, startGateway, type TestGateway } from './gateway.ts'
import { GrpcClient } from './grpc-client.ts'
import { GrpcOrigin } from './grpc-origin.ts'
import { certificateFiles } from './tls-gateway.ts'

/** A gateway between clients and servers of `@grpc/grpc-js`. */
export interface GrpcStage extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly origin: GrpcOrigin
  /** The first is `origin`. */
  readonly origins: readonly GrpcOrigin[]
  readonly client: GrpcClient
  readonly port: number
  /** The authority of the listener's certificate; `undefined` in the clear. */
  readonly ca: string | undefined
}

/** The same on both sides of the gateway. */
export type Transport = 'TLS' | 'h2c'

/** One listener, one route, one cluster of `count` origins; parts are merged into theirs. */
export async function grpcStage(
  transport: Transport,
  parts: {
    count?: number
    listener?: Config
    route?: Config
    cluster?: Config
    endpoints?: readonly string[]
  } = {},
): Promise<GrpcStage> {
  const ca = makeCa()
  const made = serverCertificate(ca, ['a.test'])
  const isSecure = transport === 'TLS'
  const { count = 1, endpoints = [] } = parts
  using files = certificateFiles()
  const origins = await Promise.all(
    Array.from({ length: count }, () => GrpcOrigin.start(isSecure ? made : undefined)),
  )
  const towardsUs = isSecure ? { tls: { certificates: [files.pair('a', made)] } } : {}
  const upwards = isSecure ? { tls: { serverName: 'a.test', ca: files.bundle('ca.pem', [ca]) } } : {}
  const gateway = await startGateway({
    listeners: [{ name: 'web', address: '127.0.0.1:0', ...towardsUs, ...parts.listener }],
    routes: [{ to: 'origin', ...parts.route }],
    clusters: {
      origin: {
        endpoints: [...origins.map(({ address }) => address), ...endpoints],
        protocol: 'h2',
        ...upwards,
        ...parts.cluster,
      },
    },
  })
  const authority = isSecure ? ca.pem : undefined
  const client = new GrpcClient(gateway.port(), authority)
  return {
    gateway,
    origin: origins[0] as GrpcOrigin,
    origins,
    client,
    port: gateway.port(),
    ca: authority,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]()
      await gateway[Symbol.asyncDispose]()
      for (const origin of origins) origin[Symbol.dispose]()
    },
  }
}
