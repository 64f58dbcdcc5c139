import { type AddressInfo, createServer, type Socket } from 'node:net'
import { websocketAccept } from '../../../src/wire/websocket/handshake.ts'
import { maskedBytes, payloadBytes, plainBytes, plainHead } from './websocket-frames.ts'

// Child of the websocket cases: takes every websocket and echoes its messages, all of one length, masked with zeros. It prints
// its port and runs until it is killed.

const headEnd = '\r\n\r\n'
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.once('data', (head) => open(socket, head.toString('latin1')))
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  process.send?.((server.address() as AddressInfo).port)
})

/** The head is small enough to come in one piece, and no message comes before the answer. */
function open(socket: Socket, head: string): void {
  const key = /^sec-websocket-key: *(.*)\r$/im.exec(head)?.[1] ?? ''
  const fields = `upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${websocketAccept(key)}`
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}${headEnd}`, 'latin1')
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (data: Buffer) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data])
    const count = Math.floor(rest.length / maskedBytes)
    if (count === 0) return
    const out = Buffer.allocUnsafe(count * plainBytes)
    for (let i = 0; i < count; i++) {
      plainHead.copy(out, i * plainBytes)
      rest.copy(
        out,
        i * plainBytes + plainHead.length,
        (i + 1) * maskedBytes - payloadBytes,
        (i + 1) * maskedBytes,
      )
    }
    rest = rest.subarray(count * maskedBytes)
    socket.write(out)
  })
}
