/** A connection whose output is gathered until the turn of the event loop is over. */
export interface Leaving {
  /** It waits to leave; set and cleared here. */
  isLeaving: boolean
  /** Writes what was gathered. Must not throw. */
  leave(): void
}

/** Those that leave at the end of this turn; used again from turn to turn. */
let waiting: Leaving[] = []
let spare: Leaving[] = []

/** Has a connection written once, when everything that this turn of the event loop brings has been handled. */
export function leaveThisTurn(connection: Leaving): void {
  if (connection.isLeaving) return
  connection.isLeaving = true
  if (waiting.push(connection) === 1) setImmediate(leaveAll)
}

function leaveAll(): void {
  const leaving = waiting
  waiting = spare
  for (const connection of leaving) {
    connection.isLeaving = false
    connection.leave()
  }
  leaving.length = 0
  spare = leaving
}
