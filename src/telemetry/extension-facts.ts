import type { ExtensionFailure } from '../extend/call.ts'
import type { GroupState } from '../extend/group-runner.ts'
import type { MetricFact } from './metric-fact.ts'

export const extensionFailures = [
  'threw',
  'blocked',
  'died',
  'stopped',
] as const satisfies readonly ExtensionFailure[]

export const extensionStates = [
  'starting',
  'ready',
  'failed',
  'restarting',
  'leaving',
] as const satisfies readonly GroupState[]

/** What extensions say, by the modules of a group as they are written: `./a.ts + ./b.ts`. */
export const extensionFacts: readonly MetricFact[] = [
  {
    ...fact('counter', 'extension_requests_total'),
    help: 'Requests that extensions took.',
  },
  {
    ...fact('counter', 'extension_failures_total'),
    help: 'Requests that extensions did not bring to an end. `threw`: one failed; `blocked`: its loop stood still; `died`: its thread ended; `stopped`: it was taken away in the middle.',
    split: { label: 'kind', values: extensionFailures },
  },
  {
    ...fact('counter', 'extension_restarts_total'),
    help: 'Starts of extensions after their thread died or was ended.',
  },
  {
    ...fact('gauge', 'extension_instances'),
    help: 'Instances of extensions, of all processes. `failed`: its code cannot start, and routes use the last that could, or answer 503; `restarting`: it died and starts anew; `leaving`: it was replaced and has requests to finish.',
    split: { label: 'state', values: extensionStates },
  },
  {
    ...fact('gauge', 'extension_open_requests'),
    help: 'Requests inside of extensions.',
  },
  {
    ...fact('gauge', 'extension_loop_lag_seconds'),
    help: 'How far the loop of an extension’s thread was behind when last asked, in the process where that was longest.',
    combine: 'max',
  },
]

function fact(type: 'counter' | 'gauge', name: string): Omit<MetricFact, 'help'> {
  const rest = { combine: 'sum', split: undefined, buckets: [], scale: 1 } as const
  return { table: 'extension', type, name: `tidegate_${name}`, ...rest }
}
