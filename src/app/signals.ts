import type { Clock } from '../std/clock.ts'
import type { Ms } from '../std/units.ts'

export interface SignalActions {
  /** SIGHUP: read the configuration again. */
  onReload(): void
  /** SIGUSR2: log files may have been moved away. */
  onReopenLogs(): void
  /** The first SIGTERM or SIGINT. */
  onStop(signal: StopSignal): void
  /** A further one: end at once, with this exit code. */
  onStopAtOnce(exitCode: number): void
}

export type StopSignal = 'SIGTERM' | 'SIGINT'

/** Where signals come from: the process, or an emitter in tests. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown
}

/** As a shell reports a process that a signal ended: 128 + its number. */
const exitCodeBySignal: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 }

/**
 * Ctrl-C reaches every process of the terminal, and npm and our launcher pass on what they get, so one key press comes
 * two or three times within milliseconds. A person who means it twice is slower than this.
 */
const echo: Ms = 250

/** Turns signals into what they ask for. SIGUSR1 is left to Node, where it is switched off (`--disable-sigusr1`). */
export function onSignals(source: SignalSource, actions: SignalActions, clock: Clock): void {
  let stoppedAt: number | undefined

  const stop = (signal: StopSignal) => (): void => {
    const now = clock.now()
    if (stoppedAt === undefined) {
      stoppedAt = now
      actions.onStop(signal)
    } else if (now - stoppedAt > echo) {
      actions.onStopAtOnce(exitCodeBySignal[signal])
    }
  }

  source.on('SIGHUP', () => actions.onReload())
  source.on('SIGUSR2', () => actions.onReopenLogs())
  source.on('SIGTERM', stop('SIGTERM'))
  source.on('SIGINT', stop('SIGINT'))
}
