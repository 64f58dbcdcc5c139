import type { Ms } from '../std/units.ts'
import type { KubernetesSettings } from './kubernetes-settings.ts'
import type { SocketAddress } from './listener.ts'
import type { RedisStore } from './redis-store.ts'
import type { SecretReference } from './secret.ts'

/** What holds for the whole process and takes effect at start. */
export interface Settings {
  /** Traffic processes; 1 may share the control process. */
  readonly workers: number
  readonly admin: AdminSettings
  readonly drain: DrainSettings
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' }
  readonly accessLog: AccessLogSettings
  /** `undefined` counts rate limits in this gateway alone. */
  readonly redis: RedisStore | undefined
  /** `undefined` without Kubernetes as a source. */
  readonly kubernetes: KubernetesSettings | undefined
}

export interface AdminSettings {
  readonly address: SocketAddress | undefined
  /** Needed as soon as the address is not loopback or unix. Only where it is kept: see `resolveSecret`. */
  readonly token: SecretReference | undefined
  /** A second, open address with `/healthz` and `/readyz` (and `/metrics` if asked), nothing else. */
  readonly health: { readonly address: SocketAddress; readonly metrics: 'on' | 'off' } | undefined
}

export interface AccessLogSettings {
  /** `stdout`, `off`, or a file's path. */
  readonly to: string
  /** `json`, or a template such as `%{client} "%{method} %{path}" %{status}`. */
  readonly format: string
  readonly query: 'on' | 'off'
}

export interface DrainSettings {
  readonly delay: Ms
  readonly timeout: Ms
  /** Websockets are closed with 1001 one by one, spread over this time; at most the timeout. */
  readonly websockets: Ms
}
