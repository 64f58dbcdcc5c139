import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type ServerHandle, socketOf } from './server-handle.ts'

/** Turns of the event loop without a new connection before a socket is closed, and turns at most. */
const quietTurns = 2
const mostTurns = 1_000

/** Connections that may wait meanwhile: what workers ask for, too. */
const backlog = 4_096

/**
 * How long nobody accepts before the last are taken: clients that open a connection after each answer wait in the queue by
 * then, and none of them comes while it is being closed.
 */
const pauseMs = 25

/**
 * Closes listening sockets on which nobody accepts any more, and gives the connections that waited in them.
 *
 * Whoever waits in the queue has been told that it is connected, and closing resets it. The system has no way to close the
 * door and serve the room, so a gap is left between the last accept and the close: some microseconds here, where nothing
 * else happens in a turn, and nobody is given work before the door is closed; it would be milliseconds in a busy worker.
 */
export async function takeLastCalls(handles: readonly ServerHandle[]): Promise<readonly Socket[]> {
  await wait(pauseMs)
  const taken: object[] = []
  for (const handle of handles) {
    // Not a `net.Server`: for a unix socket it would make a second handle of the same descriptor, and close the wrong one.
    handle.onconnection = (error, connection) => {
      if (error === 0) taken.push(connection)
    }
    handle.listen(backlog)
  }
  for (let quiet = 0, turns = 0; quiet < quietTurns && turns < mostTurns; turns++) {
    const before = taken.length
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    quiet = taken.length === before ? quiet + 1 : 0
  }
  for (const handle of handles) handle.close()
  return taken.map(socketOf)
}
