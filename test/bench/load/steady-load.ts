import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { percentile } from '../../support/load-client.ts'
import { find } from '../../support/packages.ts'
import { folder, otherCpus } from './children.ts'
import type { Driver } from './compare.ts'

/** Connections over which the requests of a second are spread. */
const clients = 32

/** So many requests a second whatever the answers take, over HTTP/1.1: for times, where `wrk` would ask as fast as it is answered. */
export function steadyLoad(perSecond: number): Driver {
  return async (port, seconds) => {
    const log = join(folder, `steady-${port}.log`)
    rmSync(log, { force: true })
    const rate = Math.max(1, Math.round(perSecond / clients))
    const args = ['--h1', '-t1', '-m1', `-c${clients}`, `-D${seconds}`, `--rps=${rate}`, `--log-file=${log}`]
    const child = spawn(
      'taskset',
      ['-c', otherCpus, find('h2load') ?? 'h2load', ...args, `http://127.0.0.1:${port}/`],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    )
    await new Promise((resolve) => child.once('close', resolve))
    const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1)
    const parts = lines.map((line) => line.split('\t').map(Number))
    const times = parts.map(([, , micros = Number.NaN]) => micros / 1000)
    const bad = parts.filter(([, status]) => status !== 200).length
    return {
      requests: times.length,
      perSecond: times.length / seconds,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      bad: bad === 0 ? '' : `${bad} of ${times.length} were not 200`,
    }
  }
}
