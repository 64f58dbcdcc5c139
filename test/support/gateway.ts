import { randomFillSync } from 'node:crypto'
import { stringify } from 'yaml'
import { difference } from '../../src/control/difference.ts'
import type { Extensions } from '../../src/extend/call.ts'
import type { KeysEvent } from '../../src/filters/jwt/fetch-keys.ts'
import { LocalConcurrency } from '../../src/limits/concurrency/local-concurrency.ts'
import type { Concurrency } from '../../src/limits/concurrency/permits.ts'
import type { Limiter } from '../../src/limits/limiter.ts'
import { LocalLimiter } from '../../src/limits/local-limiter.ts'
import type { Material } from '../../src/model/material.ts'
import type { Model } from '../../src/model/model.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import type { Problem } from '../../src/model/problem.ts'
import { Gateway } from '../../src/proxy/gateway.ts'
import { healthProbe } from '../../src/proxy/grpc/probe.ts'
import { MaterialFiles } from '../../src/sources/material-files.ts'
import { readSecretFile } from '../../src/sources/secret-file.ts'
import { systemClock } from '../../src/std/clock.ts'
import { TrafficMetrics } from '../../src/telemetry/traffic-metrics.ts'
import { translateStandalone } from '../../src/translate/standalone.ts'
import { systemResolve } from '../../src/upstream/dns/system-resolve.ts'
import type { UpstreamEvent } from '../../src/upstream/events.ts'
import { until } from './raw-client.ts'

/** A configuration as an operator would write it, as a value. */
export type Config = Readonly<Record<string, unknown>>

/** The traffic half of Tidegate in this process, with everything it tells. */
export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway
  /** The port of a listener; the only one's without a name. */
  port(listener?: string): number
  /** Every request that ended, in order. */
  readonly outcomes: Outcome[]
  /** The outcome with this number; waits for it. */
  outcome(index?: number): Promise<Outcome>
  readonly metrics: TrafficMetrics
  readonly events: UpstreamEvent[]
  /** What rate limits in shadow would have refused: `route: rule`. */
  readonly shadows: string[]
  /** Costs of responses that rate limits did not take. */
  readonly badCosts: string[]
  /** What became of keys of tokens. */
  readonly keyEvents: KeysEvent[]
  /** Mistakes of the gateway itself; disposing throws when there are any. */
  readonly defects: unknown[]
  /** Takes another configuration, as a reload does; new listeners begin to accept. */
  install(config: Config): Promise<void>
}

/** What the translator says is wrong with a configuration. */
export function problemsOf(config: Config): readonly Problem[] {
  return translate(config).problems
}

/** The model of a configuration. @throws {Error} with all problems when there are errors. */
export function modelOf(config: Config): Model {
  return soundly(config).model
}

function soundly(config: Config): { readonly model: Model; readonly materials: readonly Material[] } {
  const { model, problems, materials } = translate(config)
  if (model === undefined)
    throw new Error(problems.map(({ message, origin }) => `${origin.line}: ${message}`).join('\n'))
  return { model, materials }
}

export interface GatewayOptions {
  readonly random?: () => number
  readonly connectionCap?: number
  readonly limiter?: Limiter
  readonly concurrency?: Concurrency
  /** Runs the extensions of routes; without it, none may name one. */
  readonly extensions?: Extensions
}

const noExtensions: Extensions = {
  prepare: () => Promise.resolve(),
  host: () => {
    throw new Error('no extensions here: hand some to startGateway')
  },
  forget: () => {},
}

/** Starts one; listeners get the addresses that the configuration gives them, with port 0 a free one. */
export async function startGateway(config: Config, options: GatewayOptions = {}): Promise<TestGateway> {
  const outcomes: Outcome[] = []
  const defects: unknown[] = []
  const events: UpstreamEvent[] = []
  const keyEvents: KeysEvent[] = []
  const shadows: string[] = []
  const badCosts: string[] = []
  const metrics = new TrafficMetrics()
  const gateway = new Gateway({
    clock: systemClock,
    random: options.random ?? Math.random,
    randomFill: (bytes) => randomFillSync(bytes),
    observer: {
      onEnd(outcome) {
        metrics.onEnd(outcome)
        outcomes.push(copied(outcome))
      },
    },
    counters: metrics,
    resolve: systemResolve(),
    probe: healthProbe(),
    onUpstreamEvent: (event) => events.push(event),
    onDefect: (error) => defects.push(error),
    onRefused: () => {},
    onTlsUnavailable: (_listener, error) => defects.push(error),
    concurrency: options.concurrency ?? new LocalConcurrency(),
    limiter: options.limiter ?? new LocalLimiter(systemClock, { subjects: 1000, shares: 1 }),
    onShadowLimit: (route, rule) => shadows.push(`${route}: ${rule}`),
    onBadCost: (route, rule, why) => badCosts.push(`${route}: ${rule}: ${why}`),
    onKeys: (event) => keyEvents.push(event),
    extensions: options.extensions ?? noExtensions,
    connectionCap: options.connectionCap ?? 10_000,
  })
  const ports = new Map<string, number>()
  let running: Model | undefined

  async function install(next: Config): Promise<void> {
    const { model, materials } = soundly(next)
    const changes = difference(running, model, materials)
    running = model
    if (changes === undefined) return
    if (options.extensions !== undefined) await gateway.prepare(changes)
    gateway.install(changes)
    for (const id of changes.listeners.removed) ports.delete(id)
    for (const { id, address } of model.listeners) {
      if (!ports.has(id)) ports.set(id, await gateway.listen(id, address))
    }
  }

  await install(config)
  return {
    gateway,
    outcomes,
    metrics,
    events,
    keyEvents,
    shadows,
    badCosts,
    defects,
    install,
    port: (listener) => ports.get(listener ?? [...ports.keys()][0] ?? '') ?? 0,
    async outcome(index = 0) {
      await until(() => outcomes.length > index, `outcome ${index} is told`)
      return outcomes[index] as Outcome
    },
    async [Symbol.asyncDispose]() {
      await gateway.drain({ delayMs: 0, timeoutMs: 0 })
      if (defects.length > 0)
        throw new AggregateError(defects, `the gateway reported ${defects.length} mistakes of its own`)
    },
  }
}

function translate(config: Config): ReturnType<typeof translateStandalone> {
  const text = stringify(config, { aliasDuplicateObjects: false })
  const surroundings = { env: {}, readSecret: readSecretFile, materials: new MaterialFiles(Date.now) }
  return translateStandalone([{ path: 'gateway.yaml', text }], surroundings)
}

/** An outcome is valid only while it is told. */
function copied(outcome: Outcome): Outcome {
  const copy: Record<string, unknown> = { field: () => undefined }
  for (const name of outcomeFields) copy[name] = outcome[name]
  return copy as unknown as Outcome
}

const outcomeFields = [
  ...(['startedWall', 'durationMs', 'requestId', 'listener', 'route', 'routeSeries', 'cluster'] as const),
  ...(['clusterSeries', 'endpoint', 'protocol', 'scheme', 'method', 'host', 'path', 'query'] as const),
  ...(['clientAddress', 'peerAddress', 'status', 'reason', 'detail', 'requestBytes'] as const),
  ...(['responseBytes', 'attempts', 'upstreamMs', 'connectMs', 'grpcStatus'] as const),
]
