import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ephemeral range, which begins at 32768: no client is given one of these. */
const lowest = 16_000
const highest = 32_000

/**
 * A port of the loopback that nobody has, for a server that is to come back on it. While it is down, nobody is given the port for an
 * outgoing connection; a client that tries the port could even be connected to itself.
 */
export async function reservedPort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
