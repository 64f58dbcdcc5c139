import { connect, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { handshake } from '../../support/websocket.ts'

// Child of case-idle.ts and case-memory.ts: opens connections, sends one request on each, tells its parent, and holds them
// until it is killed. argv: port, number of connections, `plain`, `tls` or `websocket`.

const [port = 0, count = 0] = process.argv.slice(2, 4).map(Number)
const kind = process.argv[4] ?? 'plain'
const isWebsocket = kind === 'websocket'
const request = isWebsocket ? handshake() : 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n'
const answer = isWebsocket ? 'HTTP/1.1 101' : 'HTTP/1.1 200'
const secureContext = createSecureContext({ minVersion: 'TLSv1.3' })
const sockets: Socket[] = []

while (sockets.length < count) {
  const batch = Math.min(100, count - sockets.length)
  sockets.push(...(await Promise.all(Array.from({ length: batch }, answered))))
}
process.send?.(sockets.length)

/** A connection that carried a request. */
function answered(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = open()
    socket.once('data', (data) => {
      if (data.toString('latin1').startsWith(answer)) resolve(socket)
      else reject(new Error(`answered with ${data.toString('latin1', 0, 40)}`))
    })
    socket.once('close', () => reject(new Error('a connection was closed')))
    socket.on('error', reject)
    socket.write(request, 'latin1')
  })
}

function open(): Socket {
  const to = { host: '127.0.0.1', port, noDelay: true }
  if (kind !== 'tls') return connect(to)
  return connectTls({ ...to, servername: 'bench.test', secureContext, rejectUnauthorized: false })
}
