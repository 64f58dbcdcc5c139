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
export async function startDemoOrigins(origins: readonly DemoOrigin[]): Promise<AsyncDisposable> {
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  }
  for (const origin of origins) {
    const server = createServer((request, response) => answer(origin, request, response))
    try {
      server.listen(origin.port, origin.host)
      await once(server, 'listening')
      servers.push(server)
    } catch (error) {
      await close()
      throw new Error(
        `demo upstream "${origin.cluster}" cannot listen on ${origin.host}:${origin.port}: ${String(error)}; stop what holds the port`,
        { cause: error },
      )
    }
  }
  return { [Symbol.asyncDispose]: close }
}

/** `?status=503` answers with that status, `?wait=2000` after that many milliseconds: to see retries and timeouts at work. */
function answer(origin: DemoOrigin, request: IncomingMessage, response: ServerResponse): void {
  const query = new URLSearchParams((request.url ?? '').split('?')[1])
  const status = Number(query.get('status') ?? 200)
  const wait = Math.min(Number(query.get('wait') ?? 0), 60_000)
  const lines = [
    `hello from ${origin.cluster} at ${origin.host}:${origin.port}`,
    `you asked: ${request.method} ${request.url} of ${request.headers.host}`,
    ...Object.entries(request.headers).map(([name, value]) => `  ${name}: ${String(value)}`),
  ]
  request.resume()
  setTimeout(() => {
    response.writeHead(status >= 200 && status <= 599 ? status : 200, { 'content-type': 'text/plain' })
    response.end(`${lines.join('\n')}\n`)
  }, wait || 0)
}
