import { closeSync, openSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { type Message, MessageReader, value } from '../../support/message-reader.ts'

// An upstream of must-show-8.ts, as a process of its own so that it can be stopped and killed.
// argv: port (0 takes a free one), fault, file that gets a line for every POST that was executed.
// Prints its port to its parent by IPC when it listens.

/** What goes wrong with a quarter of the requests, or with idle connections. */
export type Fault = 'none' | 'reset before' | 'reset in mid answer' | 'close idle'

const [port = '0', fault = 'none', file = '/dev/null'] = process.argv.slice(2)
const executed = openSync(file, 'a')
let seed = 12345

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new MessageReader({ kind: 'request', onMessage: (message) => onRequest(socket, message) })
  let idle: NodeJS.Timeout | undefined
  socket.on('data', (data: Buffer) => {
    clearTimeout(idle)
    reader.push(data)
    // A moment that nobody can foresee, while a request may be on its way.
    if (fault === 'close idle') idle = setTimeout(() => socket.end(), roll() * 40)
  })
  socket.on('error', () => undefined)
  socket.on('close', () => clearTimeout(idle))
})
server.listen({ host: '127.0.0.1', port: Number(port), backlog: 1024 }, () => {
  const address = server.address()
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
})
process.on('message', (message) => {
  if (message === 'refuse') server.close()
})
process.on('disconnect', () => {
  closeSync(executed)
  process.exit(0)
})

function onRequest(socket: Socket, message: Message): void {
  const hit = roll() < 0.25
  if (fault === 'reset before' && hit) {
    socket.resetAndDestroy()
    return
  }
  const id = value(message, 'x-load-id')
  if (message.startLine.startsWith('POST')) writeSync(executed, `${id ?? '?'}\n`)
  if (fault === 'reset in mid answer' && hit) {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of the answer', () =>
      setTimeout(() => socket.resetAndDestroy(), 1),
    )
    return
  }
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello')
}

/** The same numbers in every run. */
function roll(): number {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return seed / 0x7fffffff
}
