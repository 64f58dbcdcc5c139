import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { adopt, onOtherCpus, pause, stop } from './children.ts'
import { residentKiB } from './process-stats.ts'
import type { Subject } from './subject.ts'

/** What the idle connections of a gateway are; each has carried a request. */
export interface Idle {
  readonly kind: 'plain' | 'tls' | 'websocket'
  readonly count: number
  /** Uses the gateway as the connections will, for some seconds. */
  readonly warm: (port: number, seconds: number) => Promise<unknown>
}

/** So many connections as are wanted and as the limit of open files allows, where each takes `files`, here and in the gateway. */
export function affordable(wanted: number, files: 1 | 2): number {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  const openFiles = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 1024)
  return Math.min(wanted, Math.floor((openFiles - 1200) / files))
}

/** KiB of resident memory that each of the connections takes. The gateway is stopped then. */
export async function perConnection(subject: Subject, { kind, count, warm }: Idle): Promise<number> {
  // Code is compiled and buffers are made before the first measurement.
  await warm(subject.port, 3)
  await pause(2000)
  const before = residentKiB(subject.pids())
  const script = join(import.meta.dirname, 'hold-connections.ts')
  const holder = adopt(fork(script, [String(subject.port), String(count), kind], onOtherCpus()))
  await new Promise<void>((resolve, reject) => {
    holder.once('message', () => resolve())
    holder.once('exit', (code) => reject(new Error(`the holder of connections ended with ${code}`)))
  })
  await pause(6000)
  const after = residentKiB(subject.pids())
  console.log(
    `  ${(before / 1024).toFixed(1)} MiB before, ${(after / 1024).toFixed(1)} MiB with ${count} connections`,
  )
  holder.removeAllListeners('exit')
  await stop(holder, 'SIGKILL')
  await subject.stop()
  return (after - before) / count
}
