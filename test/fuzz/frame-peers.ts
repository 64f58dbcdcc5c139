import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { testFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { Origin } from '../support/origin.ts'
import { find, provide } from '../support/packages.ts'
import { until } from '../support/raw-client.ts'

/** Servers that answer every request, for comparing: a gateway, and two of nghttp2, by its own server and by Node. */
export interface FramePeers extends AsyncDisposable {
  readonly gateway: number
  readonly nghttpd: number
  readonly node: number
}

export async function startFramePeers(): Promise<FramePeers> {
  const tool = { program: 'nghttpd', debian: 'nghttp2-server', why: 'is the HTTP/2 server to compare with' }
  if (!provide([tool])) throw new Error('nghttpd is missing')
  const folder = testFolder()
  folder.write('index.html', 'hello')
  const origin = await Origin.start()
  const gateway = await startGateway({
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ to: 'origin' }],
    clusters: { origin: { endpoints: [origin.address] } },
  })
  const node = createServer((request, response) => {
    request.resume()
    response.end('hello')
  })
  node.on('sessionError', () => {})
  node.listen(0, '127.0.0.1')
  await once(node, 'listening')
  const port = await freePort()
  const nghttpd = spawn(
    find('nghttpd') ?? 'nghttpd',
    ['--no-tls', '-a', '127.0.0.1', '-d', folder.path, String(port)],
    { stdio: 'ignore' },
  )
  await accepting(port)
  return {
    gateway: gateway.port(),
    nghttpd: port,
    node: (node.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await origin[Symbol.asyncDispose]()
      node.close()
      await ended(nghttpd)
      folder[Symbol.dispose]()
    },
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

async function accepting(port: number): Promise<void> {
  let isUp = false
  const attempt = (): void => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      isUp = true
      socket.destroy()
    })
    socket.once('error', () => setTimeout(attempt, 10))
  }
  attempt()
  await until(() => isUp, 'nghttpd accepts')
}
