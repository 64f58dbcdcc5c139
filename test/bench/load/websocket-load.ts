import { connect } from 'node:net'
import { handshake as handshakeText, sampleAccept } from '../../support/websocket.ts'
import { maskedFrame, plainFrame } from './websocket-frames.ts'

// Child of case-websocket.ts: sends one message after the other on each of its websockets, waits for every echo, and prints how
// many came back. argv: port, seconds, websockets.

const [port = 0, seconds = 0, websockets = 1] = process.argv.slice(2).map(Number)
const counts = { messages: 0, failed: 0 }
const begin = performance.now()
let isOver = false
setTimeout(() => {
  isOver = true
}, 1000 * seconds)
await Promise.all(Array.from({ length: websockets }, () => client()))
const took = (performance.now() - begin) / 1000
console.log(JSON.stringify({ ...counts, perSecond: counts.messages / took }))

/** One websocket until the time is over. */
function client(): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  let received = -1
  socket.on('error', () => {})
  socket.on('data', (data: Buffer) => {
    if (received < 0) {
      if (!data.toString('latin1').toLowerCase().includes(sampleAccept.toLowerCase())) return fail()
      received = 0
      return void socket.write(maskedFrame)
    }
    const length = Math.min(data.length, plainFrame.length - received)
    if (data.compare(plainFrame, received, received + length, 0, length) !== 0 || length < data.length)
      return fail()
    received += length
    if (received < plainFrame.length) return
    counts.messages++
    received = 0
    if (isOver) socket.destroy()
    else socket.write(maskedFrame)
  })
  const fail = (): void => {
    counts.failed++
    socket.destroy()
  }
  socket.on('end', fail)
  socket.write(handshakeText(), 'latin1')
  return new Promise((resolve) => socket.once('close', () => resolve()))
}
