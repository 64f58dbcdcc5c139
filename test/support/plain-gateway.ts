import { type Config, type GatewayOptions, startGateway, type TestGateway } from './gateway.ts'
import { Origin } from './origin.ts'

export interface PlainGateway extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly origin: Origin
  readonly port: number
}

/**
 * A gateway with one listener and one route to one origin; the parts given are merged into theirs.
 *
 * `more` adds top-level keys, and routes and clusters by appending.
 */
export async function plainGateway(
  parts: {
    listener?: Config
    route?: Config
    cluster?: Config
    routes?: readonly Config[]
    clusters?: Config
  } = {},
  options: GatewayOptions = {},
): Promise<PlainGateway> {
  const origin = await Origin.start()
  const gateway = await startGateway(
    {
      listeners: [{ name: 'web', address: '127.0.0.1:0', ...parts.listener }],
      routes: [{ to: 'origin', ...parts.route }, ...(parts.routes ?? [])],
      clusters: { origin: { endpoints: [origin.address], ...parts.cluster }, ...parts.clusters },
    },
    options,
  )
  return {
    gateway,
    origin,
    port: gateway.port(),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await origin[Symbol.asyncDispose]()
    },
  }
}
