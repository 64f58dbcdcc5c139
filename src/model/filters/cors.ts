import type { Ms } from '../../std/units.ts'

/** Which pages of other origins may read what a route answers. Fetch, "HTTP CORS protocol". */
export interface Cors {
  /**
   * Lower case, as browsers write them: `https://shop.example.com`, `https://*.example.com` (one label), `https://**.example.com` (one
   * or more labels); `["*"]` is everybody.
   */
  readonly httpOrigins: readonly string[]
  /** Besides GET, HEAD and POST, which need no leave; `["*"]` is every method. */
  readonly methods: readonly string[]
  /** Request headers besides those that need no leave, lower case; `*` is every header but `authorization`. */
  readonly headers: readonly string[]
  /** Response headers that pages may read besides those that need no leave, lower case; `*` is all. */
  readonly exposeHeaders: readonly string[]
  /** `on`: with cookies and other credentials. Never together with a `*`. */
  readonly credentials: 'on' | 'off'
  /** How long browsers may remember the answer to a preflight; `undefined` leaves it to them (5 s). */
  readonly maxAge: Ms | undefined
  /** Whether pages of public networks may reach private ones. */
  readonly privateNetwork: 'on' | 'off'
}
