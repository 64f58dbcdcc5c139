import type { Socket } from 'node:net'
import { takeLastCalls } from '../control/last-calls.ts'
import type { ServerHandle } from '../control/server-handle.ts'
import type { FromClosingHelper, ToClosingHelper } from './closing.ts'

// The main file of a process that lives for a moment: it closes the listening sockets of a gateway without workers, which
// is too busy to do it in time, and sends back the connections that waited in them.

const handles: { readonly listener: string; readonly handle: ServerHandle }[] = []

process.on('message', (message, handle: unknown) => onMessage(message as ToClosingHelper, handle))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {})

function onMessage(message: ToClosingHelper, handle: unknown): void {
  switch (message.kind) {
    case 'hold':
      handles.push({ listener: message.listener, handle: handle as ServerHandle })
      void tell({ kind: 'holding' })
      return
    case 'close':
      void close()
  }
}

async function close(): Promise<void> {
  for (const { listener, handle } of handles) {
    for (const socket of await takeLastCalls([handle])) await tell({ kind: 'waited', listener }, socket)
  }
  await tell({ kind: 'closed' })
  process.disconnect?.()
}

function tell(message: FromClosingHelper, socket?: Socket): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, socket, {}, () => resolve())
  })
}
