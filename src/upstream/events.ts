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
