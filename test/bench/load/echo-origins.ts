import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { WebSocketServer } from 'ws'

// Child of must-show-zero-lost.ts: upstreams that send back what they get, over websockets, gRPC (HTTP/2 without TLS) and TCP.
// It tells its parent the ports, `EchoPorts`, and runs until it is killed.

/** Where the upstreams listen. */
export interface EchoPorts {
  readonly websocket: number
  readonly grpc: number
  readonly tcp: number
}

if (process.argv[1] === import.meta.filename) await serve()

async function serve(): Promise<void> {
  const websocket = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  websocket.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  const grpc = createHttp2Server({ settings: { maxConcurrentStreams: 1000 } })
  grpc.on('sessionError', () => {})
  grpc.on('stream', (stream: ServerHttp2Stream) => echoCall(stream))
  const tcp = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  await new Promise((resolve) => websocket.once('listening', resolve))
  const ports: EchoPorts = {
    websocket: (websocket.address() as AddressInfo).port,
    grpc: await listened(grpc),
    tcp: await listened(tcp),
  }
  process.send?.(ports)
  process.once('disconnect', () => process.exit(0))
}

function listened(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 1024, () => resolve((server.address() as AddressInfo).port))
  })
}

/** A call with streams both ways, which ends when the client has ended its own. */
function echoCall(stream: ServerHttp2Stream): void {
  stream.on('error', () => {})
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('data', (data: Buffer) => stream.write(data))
  stream.on('end', () => stream.end())
}
