import type { EndpointState } from './endpoint.ts'

/** What clusters report of themselves, for log and metrics. */
export type UpstreamEvent =
  | {
      readonly kind: 'endpoint'
      readonly cluster: string
      readonly endpoint: string
      readonly from: EndpointState
      readonly to: EndpointState
      readonly cause: string
    }
  | {
      /** Membership changed. */
      readonly kind: 'endpoints'
      readonly cluster: string
      readonly added: readonly string[]
      readonly removed: readonly string[]
      readonly by: 'configuration' | 'dns'
    }
  | {
      readonly kind: 'panic'
      readonly cluster: string
      readonly priority: number
      readonly from: 'off' | 'on'
      readonly to: 'off' | 'on'
      readonly cause: string
    }
  | {
      readonly kind: 'dns'
      readonly cluster: string
      readonly from: DnsState
      readonly to: DnsState
      readonly cause: string
    }

/** `pending`: never answered; `fresh`: answered; `stale`: the last answer is used although asking fails; `gone`: the name does not exist. */
export type DnsState = 'pending' | 'fresh' | 'stale' | 'gone'

/** What is to be said when the priorities in panic were `before` and are `after`. */
export function panicEvents(
  cluster: string,
  before: readonly number[],
  after: readonly number[],
): UpstreamEvent[] {
  const began = after.filter((priority) => !before.includes(priority))
  const ended = before.filter((priority) => !after.includes(priority))
  return [
    ...began.map((priority) => {
      const cause = 'too few endpoints are usable: all are used'
      return { kind: 'panic', cluster, priority, from: 'off', to: 'on', cause } as const
    }),
    ...ended.map((priority) => {
      const cause = 'enough endpoints are usable, or none is left'
      return { kind: 'panic', cluster, priority, from: 'on', to: 'off', cause } as const
    }),
  ]
}
