import type { ExtensionFailure } from '../extend/call.ts'
import type { GroupState } from '../extend/group-runner.ts'
import { counter, gauge, type MetricFact } from './metric-fact.ts'

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
  counter('extension', 'extension_requests_total', 'Requests that extensions took.'),
  counter(
    'extension',
    'extension_failures_total',
    'Requests that extensions did not bring to an end. `threw`: one failed; `blocked`: its loop stood still; `died`: its thread ended; `stopped`: it was taken away in the middle.',
    { label: 'kind', values: extensionFailures },
  ),
  counter(
    'extension',
    'extension_restarts_total',
    'Starts of extensions after their thread died or was ended.',
  ),
  gauge(
    'extension',
    'extension_instances',
    'Instances of extensions, of all processes. `failed`: its code cannot start, and routes use the last that could, or answer 503; `restarting`: it died and starts anew; `leaving`: it was replaced and has requests to finish.',
    'sum',
    { label: 'state', values: extensionStates },
  ),
  gauge('extension', 'extension_open_requests', 'Requests inside of extensions.', 'sum'),
  gauge(
    'extension',
    'extension_loop_lag_seconds',
    'How far the loop of an extension’s thread was behind when last asked, in the process where that was longest.',
    'max',
  ),
]
