import { type Config, startGateway, type TestGateway } from './gateway.ts'
import { H2Origin, type H2OriginOptions, type H2Script } from './h2-origin.ts'

/** A gateway in front of endpoints that speak HTTP/2 with prior knowledge. */
export interface H2Stage extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly origin: H2Origin
  /** The first is `origin`. */
  readonly origins: readonly H2Origin[]
  readonly port: number
}

/** One listener, one route, and one cluster `origin` of as many endpoints as there are scripts. */
export async function h2Stage(
  parts: {
    script?: H2Script
    options?: H2OriginOptions
    /** Of further endpoints. */
    others?: readonly H2Script[]
    listener?: Config
    route?: Config
    cluster?: Config
  } = {},
): Promise<H2Stage> {
  const scripts = [parts.script ?? {}, ...(parts.others ?? [])]
  const origins = await Promise.all(scripts.map((script) => H2Origin.start(script, parts.options)))
  const gateway = await startGateway({
    listeners: [{ name: 'web', address: '127.0.0.1:0', ...parts.listener }],
    routes: [{ to: 'origin', ...parts.route }],
    clusters: {
      origin: { endpoints: origins.map(({ address }) => address), protocol: 'h2', ...parts.cluster },
    },
  })
  return {
    gateway,
    origin: origins[0] as H2Origin,
    origins,
    port: gateway.port(),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await Promise.all(origins.map((origin) => origin[Symbol.asyncDispose]()))
    },
  }
}
