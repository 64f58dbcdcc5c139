import { setImmediate } from 'node:timers/promises'
import type * as PromClient from 'prom-client'
import type { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { metricFacts, rowLabels } from './metric-facts.ts'
import { type Column, layouts } from './metric-layout.ts'
import type { MetricsSnapshot, TableSnapshot } from './metrics-snapshot.ts'

interface Sample {
  readonly metricName: string
  readonly labels: Record<string, string | number>
  readonly value: number
}

type Carrier = Counter | Gauge | Histogram
type Client = typeof PromClient

/** Rows rendered without a pause: with one worker, traffic waits meanwhile. */
const rowsPerTurn = 50

/**
 * The Prometheus text of a merged snapshot. Thousands of routes are rendered in slices, with other work between them.
 * The client is loaded by the first scrape: whoever never asks does not pay for it.
 */
export async function renderMetrics(snapshot: MetricsSnapshot): Promise<string> {
  const client = await import('prom-client')
  const texts: string[] = []
  for (const { name, table } of metricFacts) {
    const column = layouts[table].columns.find(({ fact }) => fact.name === name)
    if (column !== undefined) texts.push(await renderColumn(client, column, snapshot[table]))
  }
  return `${texts.filter((text) => text !== '').join('\n\n')}\n`
}

/** One metric with its help; nothing when it has no rows. */
async function renderColumn(client: Client, column: Column, table: TableSnapshot): Promise<string> {
  const texts: string[] = []
  for (let from = 0; from < table.ids.length; from += rowsPerTurn) {
    if (from > 0) await setImmediate()
    const to = Math.min(from + rowsPerTurn, table.ids.length)
    const text = await renderSamples(client, column, samplesOf(column, table, from, to))
    texts.push(from === 0 ? text : withoutHeader(text))
  }
  return texts.join('\n')
}

/** A registry of one metric whose values are handed over instead of counted by it. */
async function renderSamples(client: Client, { fact }: Column, values: readonly Sample[]): Promise<string> {
  const registry = new client.Registry()
  const { name, help, type } = fact
  const carrier = carrierOf(client, type, { name, help, registers: [] })
  const get = async () => ({ name, help, type, values, aggregator: 'sum', collect: () => {} })
  // A histogram is asked by another method, because it keeps its values in another shape.
  registry.registerMetric(Object.assign(carrier, { get, getForPromString: get }))
  return await registry.getSingleMetricAsString(name)
}

function carrierOf(
  client: Client,
  type: Column['fact']['type'],
  settings: { name: string; help: string; registers: Registry[] },
): Carrier {
  switch (type) {
    case 'counter':
      return new client.Counter(settings)
    case 'gauge':
      return new client.Gauge(settings)
    case 'histogram':
      return new client.Histogram(settings)
  }
}

function samplesOf(column: Column, table: TableSnapshot, from: number, to: number): Sample[] {
  const { fact } = column
  const names = rowLabels[fact.table]
  const { width } = layouts[fact.table]
  const samples: Sample[] = []
  for (let row = from; row < to; row += 1) {
    const labels = labelsOf(names, table.ids[row] ?? '')
    const numbers = table.cells.subarray(row * width + column.at, row * width + column.at + column.width)
    if (fact.type === 'histogram') addBuckets(samples, column, labels, numbers)
    else addNumbers(samples, column, labels, numbers)
  }
  return samples
}

function labelsOf(names: readonly string[], id: string): Record<string, string> {
  const values = names.length > 1 ? id.split('\0') : [id]
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
}

function addNumbers(
  samples: Sample[],
  { fact }: Column,
  labels: Record<string, string>,
  numbers: Float64Array,
): void {
  for (const [i, number] of numbers.entries()) {
    const value = number * fact.scale
    const { split } = fact
    const all = split === undefined ? labels : { ...labels, [split.label]: split.values[i] ?? '' }
    samples.push({ metricName: fact.name, labels: all, value })
  }
}

/** Buckets are kept apart and exported cumulated, as the format wants them. */
function addBuckets(
  samples: Sample[],
  { fact }: Column,
  labels: Record<string, string>,
  numbers: Float64Array,
): void {
  let count = 0
  for (const [i, bound] of [...fact.buckets, '+Inf'].entries()) {
    count += numbers[i] ?? 0
    samples.push({ metricName: `${fact.name}_bucket`, labels: { ...labels, le: bound }, value: count })
  }
  const sum = (numbers[fact.buckets.length + 1] ?? 0) * fact.scale
  samples.push({ metricName: `${fact.name}_sum`, labels, value: sum })
  samples.push({ metricName: `${fact.name}_count`, labels, value: count })
}

/** Without the lines of help and type, which stand once per metric. */
function withoutHeader(text: string): string {
  return text.split('\n').slice(2).join('\n')
}
