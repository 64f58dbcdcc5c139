import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { adopt, pause } from './children.ts'
import type { Rounds } from './compare.ts'
import { residentKiB } from './process-stats.ts'
import { figure, type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'
import { wrk } from './wrk.ts'

/** Memory of idle keep-alive connections that have carried a request each. */
export async function idleCase(origin: number, rounds: Rounds): Promise<Row[]> {
  const openFiles = Number(
    /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024,
  )
  const count = Math.min(10_000, openFiles - 1200)
  console.log(`\nidle: ${count} idle keep-alive connections (limit of open files: ${openFiles})`)
  const values: number[] = []
  for (let round = 0; round < rounds.rounds; round++) values.push(await perConnection(origin, count))
  return [
    row(
      `resident memory per idle connection, ${count} of them`,
      { kind: 'at most', must: 12, aim: 6, unit: ' KiB', digits: 1 },
      figure(values),
    ),
  ]
}

async function perConnection(origin: number, count: number): Promise<number> {
  const subject = await startTidegate({ origin, listener: { limits: { keepAliveIdle: '10m' } } })
  // Code is compiled and buffers are made before the first measurement.
  await wrk({ port: subject.port, seconds: 3 })
  await pause(2000)
  const before = residentKiB(subject.pids())
  const holder = adopt(
    fork(join(import.meta.dirname, 'hold-connections.ts'), [String(subject.port), String(count)]),
  )
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
  holder.kill('SIGKILL')
  await subject.stop()
  return (after - before) / count
}
