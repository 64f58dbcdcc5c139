import { readFileSync } from 'node:fs'
import { pause } from './children.ts'

/** Warns when the machine has other things to do: figures taken then say little. */
export async function warnWhenBusy(): Promise<void> {
  const before = cpuTimes()
  await pause(1500)
  const after = cpuTimes()
  const share = 1 - (after.idle - before.idle) / (after.all - before.all)
  if (share > 0.1) console.log(`warning: this machine is ${Math.round(100 * share)} % busy with other things`)
}

function cpuTimes(): { idle: number; all: number } {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
  const times = line.trim().split(/\s+/).slice(1, 9).map(Number)
  const [, , , idle = 0, waiting = 0] = times
  return { idle: idle + waiting, all: times.reduce((a, b) => a + b, 0) }
}
