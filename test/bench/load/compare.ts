import type { Contender } from './contender.ts'
import { cpuMicroseconds, residentKiB } from './process-stats.ts'
import { type Figure, figure, invalid, type Row } from './statistics.ts'
import { type WrkOptions, type WrkResult, wrk } from './wrk.ts'

export interface Rounds {
  readonly rounds: number
  readonly seconds: number
}

/** One contender in one round. */
export interface Sample {
  /** CPU time of all its processes per request. */
  readonly microseconds: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly residentMiB: number
  readonly bad: string
}

/** What loads a contender: wrk with these options, or something else that counts what it did. */
export type Load = Omit<WrkOptions, 'port' | 'seconds'> | Driver

/** Loads a port for some seconds. */
export type Driver = (port: number, seconds: number) => Promise<LoadResult>

/** What a load came to; `requests` are messages or handshakes where those are counted; times a load does not tell are NaN. */
export type LoadResult = Pick<WrkResult, 'requests' | 'perSecond' | 'p50' | 'p99' | 'bad'>

function drive(load: Load, port: number, seconds: number): Promise<LoadResult> {
  return typeof load === 'function' ? load(port, seconds) : wrk({ ...load, port, seconds })
}

/** Measures a contender once, after a second of warming up. */
export async function sample(contender: Contender, load: Load, seconds: number): Promise<Sample> {
  await drive(load, contender.port, 1)
  const pids = contender.pids()
  const before = cpuMicroseconds(pids)
  const result = await drive(load, contender.port, seconds)
  const used = cpuMicroseconds(pids) - before
  return {
    microseconds: used / Math.max(result.requests, 1),
    perSecond: result.perSecond,
    p50: result.p50,
    p99: result.p99,
    residentMiB: residentKiB(pids) / 1024,
    bad: result.bad,
  }
}

/** Measures the contenders in turns, so that whatever else the machine does hits all of them. */
export async function interleaved(
  contenders: readonly (readonly [Contender, Load])[],
  { rounds, seconds }: Rounds,
): Promise<Sample[][]> {
  const samples: Sample[][] = contenders.map(() => [])
  // What is compiled while it runs reaches its speed only after some thousands of requests.
  for (const [contender, load] of contenders) await drive(load, contender.port, 3)
  for (let round = 0; round < rounds; round++) {
    for (const [i, [contender, load]] of contenders.entries())
      samples[i]?.push(await sample(contender, load, seconds))
  }
  return samples
}

/** Measures contenders with one load in turns, and prints what each needed. */
export async function sideBySide(
  contenders: readonly Contender[],
  load: Load,
  rounds: Rounds,
  unit = 'request',
): Promise<Sample[][]> {
  const samples = await interleaved(
    contenders.map((contender) => [contender, load] as const),
    rounds,
  )
  for (const [i, contender] of contenders.entries())
    console.log(detail(contender.name, samples[i] ?? [], i === 0 ? undefined : samples[0], unit))
  return samples
}

/** The line, unless a request of one of the samples failed: then what was measured is something else. */
export function checked(line: Row, samples: readonly (readonly Sample[])[]): Row {
  const bad = samples.flat().find((s) => s.bad !== '')
  return bad === undefined ? line : invalid(line, bad.bad)
}

/** CPU per request of the first over that of the other, pair by pair. */
export function cpuRatio(first: readonly Sample[], other: readonly Sample[]): Figure {
  return figure(first.map((s, i) => s.microseconds / (other[i]?.microseconds ?? Number.NaN)))
}

/**
 * What a contender needed for each `thing`; against another one it also says how many times as much the first (Tidegate)
 * needs.
 */
export function detail(
  name: string,
  samples: readonly Sample[],
  first: readonly Sample[] | undefined,
  thing = 'request',
): string {
  const median = (list: readonly Sample[], pick: (s: Sample) => number): number =>
    figure(list.map(pick)).median
  const part = (pick: (s: Sample) => number, digits: number, unit: string): string => {
    const own = median(samples, pick)
    const times = first === undefined ? '' : ` (×${(median(first, pick) / own).toFixed(2)})`
    return `${own.toFixed(digits)} ${unit}${times}`
  }
  const bad = samples.map((s) => s.bad).find((text) => text !== '')
  const parts = [
    name.padEnd(9),
    part((s) => s.microseconds, 1, `µs CPU/${thing}`),
    part((s) => s.perSecond, 0, `${thing}s/s`),
    ...(Number.isNaN(samples[0]?.p50)
      ? []
      : [part((s) => s.p50, 2, 'ms p50'), part((s) => s.p99, 2, 'ms p99')]),
    part((s) => s.residentMiB, 0, 'MiB resident'),
    ...(bad === undefined ? [] : [`[${bad}]`]),
  ]
  return `  ${parts.join(' | ')}`
}
