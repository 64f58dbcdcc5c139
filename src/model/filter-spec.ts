import type { ApiKey } from './filters/api-key.ts'
import type { BasicAuth } from './filters/basic-auth.ts'
import type { ClientCertificateRules } from './filters/client-certificate.ts'
import type { Compress } from './filters/compress.ts'
import type { ConcurrencyRule } from './filters/concurrency-limit.ts'
import type { Cors } from './filters/cors.ts'
import type { Decompress } from './filters/decompress.ts'
import type { ErrorPages } from './filters/error-pages.ts'
import type { ExtAuthz } from './filters/ext-authz.ts'
import type { Extension } from './filters/extension.ts'
import type { ForwardAuth } from './filters/forward-auth.ts'
import type { IpRules } from './filters/ip-rules.ts'
import type { JwtRule } from './filters/jwt.ts'
import type { Maintenance } from './filters/maintenance.ts'
import type { RateLimit } from './filters/rate-limit.ts'
/** A configured step of a route, as data. Filters run in the order they are written. */
export type FilterSpec =
  | { readonly kind: 'requestHeaders'; readonly edit: HeaderEdit }
  | { readonly kind: 'responseHeaders'; readonly edit: HeaderEdit }
  | { readonly kind: 'rewrite'; readonly path: PathRewrite | undefined; readonly host: string | undefined }
  | { readonly kind: 'redirect'; readonly redirect: Redirect }
  | { readonly kind: 'respond'; readonly respond: FixedResponse }
  | ({ readonly kind: 'httpsRedirect' } & HttpsRedirect)
  | ({ readonly kind: 'refuse' } & Refuse)
  | ({ readonly kind: 'jwt' } & JwtRule)
  | ({ readonly kind: 'rateLimit' } & RateLimit)
  | ({ readonly kind: 'concurrencyLimit' } & ConcurrencyRule)
  | ({ readonly kind: 'basicAuth' } & BasicAuth)
  | ({ readonly kind: 'apiKey' } & ApiKey)
  | ({ readonly kind: 'forwardAuth' } & ForwardAuth)
  | ({ readonly kind: 'extAuthz' } & ExtAuthz)
  | ({ readonly kind: 'cors' } & Cors)
  | ({ readonly kind: 'ipRules' } & IpRules)
  | ({ readonly kind: 'clientCertificate' } & ClientCertificateRules)
  | ({ readonly kind: 'maintenance' } & Maintenance)
  | ({ readonly kind: 'compress' } & Compress)
  | ({ readonly kind: 'decompress' } & Decompress)
  | ({ readonly kind: 'errorPages' } & ErrorPages)
  | ({ readonly kind: 'extension' } & Extension)

/** Names are lower case; values are latin1 text without CR, LF or NUL. Applied in the order remove, set, add. */
export interface HeaderEdit {
  readonly remove: readonly string[]
  readonly set: readonly (readonly [name: string, value: string])[]
  readonly add: readonly (readonly [name: string, value: string])[]
}

/** `prefix` replaces what the route matched; `full` the whole path; `regex` (RE2) every match, with `$1` captures. */
export type PathRewrite =
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'full'; readonly value: string }
  | { readonly kind: 'regex'; readonly pattern: string; readonly replacement: string }

/** Parts not given stay as the request had them. */
export interface Redirect {
  readonly status: 301 | 302 | 303 | 307 | 308
  readonly scheme: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly path: PathRewrite | undefined
  readonly query: 'keep' | 'drop'
}

/** Sends plain requests to the same place by https; others pass. */
export interface HttpsRedirect {
  readonly status: Redirect['status']
  /** Public port of the listener with TLS; `undefined` for 443. */
  readonly port: number | undefined
  /** Paths that begin so pass plain: `/.well-known/acme-challenge/`. */
  readonly except: readonly string[]
}

/** Refuses every request, and says why; translators use it where a route must not be open. */
export interface Refuse {
  readonly status: 403 | 503
  readonly reason: 'client_refused' | 'route_blocked'
  /** For log and explain: `auth-url is not obeyed`. */
  readonly why: string
}

/** A response the gateway gives itself. */
export interface FixedResponse {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}
