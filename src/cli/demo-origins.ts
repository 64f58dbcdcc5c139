import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Model } from '../model/model.ts'

/** One demo upstream: an endpoint of a cluster in the quickstart file. */
export interface DemoOrigin {
  readonly cluster: string
  readonly host: string
  readonly port: number
}

/** Every endpoint on loopback that the model names, each once. */
export function demoOrigins(model: Model): DemoOrigin[] {
  const byPort = new Map<number, DemoOrigin>()
  for (const { id, endpoints } of model.clusters) {
    for (const { address } of endpoints) {
      if (address.kind !== 'tcp' || !address.host.startsWith('127.')) continue
      byPort.set(address.port, { cluster: id, host: address.host, port: address.port })
    }
  }
  return [...byPort.values()]
}

/**
 * Starts small upstreams that say who they are and what they were asked.
 *
 * @throws {Error} naming the port that is taken; those already started are closed.
 */
export async function startDemoOrigins(origins: readonly DemoOrigin[]): Promise<Disposable> {
  const servers: Server[] = []
  const close = (): void => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  }
  for (const origin of origins) {
    const server = createServer((request, response) => answer(origin, request, response))
    server.listen(origin.port, origin.host)
    try {
      await once(server, 'listening')
    } catch (error) {
      close()
      throw new Error(
        `the demo upstream "${origin.cluster}" cannot listen on ${origin.host}:${origin.port}`,
        {
          cause: error,
        },
      )
    }
    servers.push(server)
  }
  return { [Symbol.dispose]: close }
}

/** With `?fail=PORT` the upstream on that port answers 503: to see a retry go to another. */
function answer(origin: DemoOrigin, request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '/', headers } = request
  const fails = new URLSearchParams(url.split('?')[1]).get('fail') === String(origin.port)
  const lines = [
    `hello from ${origin.cluster} at ${origin.host}:${origin.port}`,
    `it was asked: ${method} ${url}`,
    ...Object.entries(headers).map(([name, value]) => `  ${name}: ${String(value)}`),
  ]
  request.resume()
  response.writeHead(fails ? 503 : 200, { 'content-type': 'text/plain' })
  response.end(`${lines.join('\n')}\n`)
}
