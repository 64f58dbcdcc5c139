import { fork } from 'node:child_process'
import type { Socket } from 'node:net'
import { extname, join } from 'node:path'
import type { SocketSet } from '../control/socket-set.ts'
import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'

export type ToClosingHelper =
  /** Comes with the socket of a listener. */
  | { readonly kind: 'hold'; readonly listener: string }
  /** Nobody else accepts any more. */
  | { readonly kind: 'close' }

export type FromClosingHelper =
  | { readonly kind: 'holding' }
  /** Comes with a connection that waited. */
  | { readonly kind: 'waited'; readonly listener: string }
  | { readonly kind: 'closed' }

export interface ClosingDeps {
  readonly clock: Clock
  readonly sockets: ReadonlyMap<string, SocketSet>
  /** Called when the helper holds every socket: from here on this process must not accept. */
  readonly letGo: () => void
  readonly adopt: (listener: string, socket: Socket) => void
}

/** A helper that cannot be started or stops half way is not waited for any longer. */
const patience: Ms = 3_000

const helperFile = join(import.meta.dirname, `closing-helper${extname(import.meta.filename)}`)

/**
 * Closes the sockets of this process and serves what waited in them: see `takeLastCalls` for why that takes another
 * process. Settles in any case; when the helper fails before it holds the sockets, `letGo` has not been called.
 */
export function closeWithHelper({ clock, sockets, letGo, adopt }: ClosingDeps): Promise<void> {
  const helper = fork(helperFile, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let held = 0
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => helper.kill('SIGKILL'), patience)
    const end = (): void => {
      clock.clearTimeout(timer)
      resolve()
    }
    helper.on('error', end)
    helper.on('exit', end)
    helper.on('message', (received, handle: unknown) => {
      const message = received as unknown as FromClosingHelper
      if (message.kind === 'waited') adopt(message.listener, handle as Socket)
      if (message.kind === 'holding' && ++held === sockets.size) {
        letGo()
        send({ kind: 'close' })
      }
    })
    for (const [listener, set] of sockets) send({ kind: 'hold', listener }, set.forWorker(0))
  })

  function send(message: ToClosingHelper, handle?: unknown): void {
    helper.send(message, handle as never, { keepOpen: true }, () => {})
  }
}
