import { once } from 'node:events'
import { type ConnectionOptions, connect, createSecureContext, type TLSSocket } from 'node:tls'

// Child of case-handshakes.ts: makes TLS 1.3 handshakes for some seconds, several at a time, and prints what came of them.
// A handshake counts when the connection was closed cleanly from both sides after it: the server has read all of it then.
// All resumed ones use one ticket, since servers on Node give none in a resumed handshake.
// argv: port, seconds, handshakes at a time, `full` or `resumed`.

const [port = 0, seconds = 0, lanes = 1] = process.argv.slice(2, 5).map(Number)
const secureContext = createSecureContext({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519' })
const options: ConnectionOptions = {
  host: '127.0.0.1',
  port,
  servername: 'bench.test',
  secureContext,
  rejectUnauthorized: false,
}
const counts = { handshakes: 0, resumed: 0, failed: 0 }
const session = process.argv[5] === 'resumed' ? await ticket() : undefined
const begin = performance.now()
await Promise.all(Array.from({ length: lanes }, () => lane()))
const took = (performance.now() - begin) / 1000
console.log(JSON.stringify({ ...counts, perSecond: counts.handshakes / took }))

async function ticket(): Promise<Buffer> {
  const socket = connect(options)
  const [made] = (await once(socket, 'session')) as [Buffer]
  socket.destroy()
  return made
}

async function lane(): Promise<void> {
  while (performance.now() < begin + 1000 * seconds) await handshake()
}

function handshake(): Promise<void> {
  const socket: TLSSocket = connect(session === undefined ? options : { ...options, session })
  socket.setNoDelay(true)
  let state: 'begun' | 'made' | 'failed' = 'begun'
  socket.once('secureConnect', () => {
    state = 'made'
    if (socket.isSessionReused()) counts.resumed++
    socket.end()
  })
  socket.on('error', () => {
    state = 'failed'
  })
  socket.resume()
  return new Promise((resolve) => {
    socket.once('close', () => {
      if (state === 'made') counts.handshakes++
      else counts.failed++
      resolve()
    })
  })
}
