import { RawClient, status } from '../../support/raw-client.ts'

// Child of case-idle.ts: opens connections, sends one request on each, tells its parent, and holds them until it is killed.
// argv: port, number of connections.

const [port = 0, count = 0] = process.argv.slice(2).map(Number)
const clients: RawClient[] = []
const request = 'GET / HTTP/1.1\r\nHost: bench.test\r\n\r\n'

for (let i = 0; i < count; i += 100) {
  const batch = await Promise.all(
    Array.from({ length: Math.min(100, count - i) }, () => RawClient.connect(port)),
  )
  const answers = await Promise.all(batch.map((client) => client.send(request).response(0)))
  if (answers.some((answer) => status(answer) !== 200))
    throw new Error('not every request was answered with 200')
  clients.push(...batch)
}
process.send?.(clients.length)
