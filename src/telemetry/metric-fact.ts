/**
 * Where the numbers of a metric are kept: one row per thing named in the configuration, per method of gRPC that was called, or
 * the one row of the process.
 */
export type TableName =
  | 'route'
  | 'cluster'
  | 'listener'
  | 'compress_route'
  | 'grpc_route'
  | 'grpc_method'
  | 'certificate'
  | 'source'
  | 'extension'
  | 'build'
  | 'process'

/** What is known of one metric: memory layout, exposition and reference page all come from it. */
export interface MetricFact {
  readonly table: TableName
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly name: string
  readonly help: string
  /** How a gauge of several processes becomes one number; counters and histograms are always summed. */
  readonly combine: 'sum' | 'max'
  /** A further label with its fixed values, one column each. */
  readonly split: Split | undefined
  /** Upper bounds in seconds; `+Inf` comes by itself. Empty unless a histogram. */
  readonly buckets: readonly number[]
  /** Stored value × scale = exported value; 0.001 where milliseconds are stored. */
  readonly scale: number
}

export interface Split {
  readonly label: string
  readonly values: readonly string[]
}

export function counter(table: TableName, name: string, help: string, split?: Split): MetricFact {
  const scale = 1
  return { table, type: 'counter', name: `tidegate_${name}`, help, combine: 'sum', split, buckets: [], scale }
}

export function gauge(
  table: TableName,
  name: string,
  help: string,
  combine: 'sum' | 'max',
  split?: Split,
): MetricFact {
  return { table, type: 'gauge', name: `tidegate_${name}`, help, combine, split, buckets: [], scale: 1 }
}

/** Durations are stored in milliseconds. */
export function histogram(
  table: TableName,
  name: string,
  help: string,
  buckets: readonly number[],
): MetricFact {
  const [combine, split, scale] = ['sum', undefined, 0.001] as const
  return { table, type: 'histogram', name: `tidegate_${name}`, help, combine, split, buckets, scale }
}
