import { hash } from 'node:crypto'
import { cookieValue } from '../http/cookie.ts'
import type { StickyCookie } from '../model/cluster.ts'
import type { RequestView } from '../model/request-view.ts'

/** What a sticky cookie has to know of an endpoint. */
interface Member {
  readonly key: string
}

/** The sticky cookie of one cluster: finds the endpoint a client came with, and writes the cookie for a new one. */
export class StickyEndpoints<E extends Member> {
  readonly #cookie: StickyCookie
  readonly #cluster: string
  #byValue = new Map<string, E>()
  #valueOf = new Map<E, string>()

  constructor(cookie: StickyCookie, cluster: string) {
    this.#cookie = cookie
    this.#cluster = cluster
  }

  /** Membership changed. */
  update(endpoints: readonly E[]): void {
    this.#valueOf = new Map(endpoints.map((endpoint) => [endpoint, stickyValue(this.#cluster, endpoint.key)]))
    this.#byValue = new Map(endpoints.map((endpoint) => [this.#valueOf.get(endpoint) ?? '', endpoint]))
  }

  /** The endpoint of the request's cookie, usable or not. */
  find(view: RequestView): E | undefined {
    const value = this.#sent(view)
    return value === undefined ? undefined : this.#byValue.get(value)
  }

  /** `set-cookie: …\r\n`, or `""` when the client has this cookie already. */
  field(endpoint: E, view: RequestView): string {
    const value = this.#valueOf.get(endpoint)
    if (value === undefined || this.#sent(view) === value) return ''
    const { name, path, maxAgeSeconds, secure, sameSite } = this.#cookie
    const age = maxAgeSeconds > 0 ? `; Max-Age=${maxAgeSeconds}` : ''
    const only = secure === 'on' ? '; Secure' : ''
    return `set-cookie: ${name}=${value}; Path=${path}${age}; HttpOnly${only}; SameSite=${sameSite}\r\n`
  }

  #sent(view: RequestView): string | undefined {
    const cookies = view.field('cookie')
    return cookies === undefined ? undefined : cookieValue(cookies, this.#cookie.name)
  }
}

/**
 * 64 bits that stand for an endpoint of a cluster: the same in every worker and replica. It hides addresses from a glance,
 * not from someone who hashes all addresses there are.
 */
function stickyValue(cluster: string, key: string): string {
  return hash('sha256', `${cluster}\0${key}`, 'base64url').slice(0, 11)
}
