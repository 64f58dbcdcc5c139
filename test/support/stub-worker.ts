// A worker process without a gateway: it answers every connection with its index and process id, and obeys.
import { createServer, type Server, type Socket } from 'node:net'
import type { FromWorker, ToWorker } from '../../src/app/messages.ts'
import { mergeSnapshots } from '../../src/telemetry/metrics-snapshot.ts'

/** Connections that wait for a lease. */
const leases = new Map<number, Socket>()
const servers = new Map<string, Server>()
/** Every connection is answered with what it was lent. */
let isLeasing = false
let index = -1
let hash = ''

process.on('message', (message, handle) => obey(message as ToWorker, handle))
process.on('disconnect', () => process.exit(0))

function obey(message: ToWorker, handle: unknown): void {
  switch (message.kind) {
    case 'start':
      index = message.place.index
      if (message.place.settings.accessLog.to === 'crash at start') process.exit(7)
      isLeasing = message.place.settings.accessLog.to === 'lease'
      tell({ kind: 'started' })
      return
    case 'install':
      if (message.difference.from !== hash) tell({ kind: 'failed', what: 'install', message: 'out of step' })
      else {
        hash = message.difference.hash
        tell({ kind: 'installed', hash })
      }
      return
    case 'move':
      if (message.change.from !== hash) tell({ kind: 'failed', what: 'move', message: 'out of step' })
      else hash = message.change.hash
      return
    case 'listen':
      listen(message.listener, handle)
      return
    case 'unlisten':
      servers.get(message.listener)?.close()
      tell({ kind: 'unlistened', listener: message.listener })
      return
    case 'adopt':
      answer(handle as Socket)
      return
    case 'drain':
      for (const server of servers.values()) server.close()
      tell({ kind: 'metrics', snapshot: counted(1) })
      process.disconnect?.()
      return
    case 'leased':
      leases.get(message.id)?.end(String(message.grants[0]?.tokens))
      return
    case 'ask':
      if (message.question.kind === 'stopAccepting') {
        for (const server of servers.values()) server.close()
        tell({ kind: 'answer', id: message.id, answer: { kind: 'stoppedAccepting' } })
      } else {
        tell({ kind: 'answer', id: message.id, answer: { kind: 'metrics', snapshot: counted(10) } })
      }
      return
    case 'permitted':
    case 'replicas':
    case 'reopenLogs':
  }
}

function listen(listener: string, handle: unknown): void {
  const server = createServer(answer)
  servers.get(listener)?.close()
  servers.set(listener, server)
  server.listen(handle as object, () => tell({ kind: 'listening', listener }))
}

function answer(socket: Socket): void {
  socket.on('error', () => {})
  socket.on('data', (data) => {
    if (String(data).includes('retire')) tell({ kind: 'retire', why: 'asked to' })
  })
  if (!isLeasing) {
    socket.end(`${index} ${process.pid} ${hash}`)
    return
  }
  const limit = { id: 'all', kind: 'rate', rate: 0.001, per: 1000, burst: 9, overdraft: 0 } as const
  leases.set(leases.size, socket)
  tell({
    kind: 'lease',
    id: leases.size - 1,
    demands: [{ limit, subject: 's', need: 1, spare: 0, largest: 1 }],
  })
}

/** A snapshot whose one row of routes was counted `value` times. */
function counted(value: number) {
  const empty = mergeSnapshots([])
  return { ...empty, route: { ids: ['r'], cells: new Float64Array([value]) } }
}

function tell(message: FromWorker): void {
  process.send?.(message)
}
