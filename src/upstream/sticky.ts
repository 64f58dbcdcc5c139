import { hash } from 'node:crypto'
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
    const value = cookieValue(view, this.#cookie.name)
    return value === undefined ? undefined : this.#byValue.get(value)
  }

  /** `set-cookie: …\r\n`, or `""` when the client has this cookie already. */
  field(endpoint: E, view: RequestView): string {
    const value = this.#valueOf.get(endpoint)
    if (value === undefined || cookieValue(view, this.#cookie.name) === value) return ''
    const { name, path, maxAgeSeconds, secure, sameSite } = this.#cookie
    const age = maxAgeSeconds > 0 ? `; Max-Age=${maxAgeSeconds}` : ''
    const only = secure === 'on' ? '; Secure' : ''
    return `set-cookie: ${name}=${value}; Path=${path}${age}; HttpOnly${only}; SameSite=${sameSite}\r\n`
  }
}

/**
 * 64 bits that stand for an endpoint of a cluster: the same in every worker and replica. It hides addresses from a glance,
 * not from someone who hashes all addresses there are.
 */
function stickyValue(cluster: string, key: string): string {
  return hash('sha256', `${cluster}\0${key}`, 'base64url').slice(0, 11)
}

/** The value of a cookie of the request, without quotes; the first when there are several. RFC 6265 §4.2.1. */
export function cookieValue(view: RequestView, name: string): string | undefined {
  const cookies = view.field('cookie')
  if (cookies === undefined) return undefined
  let from = cookies.indexOf(name)
  while (from >= 0) {
    const behind = from + name.length
    if (cookies.charCodeAt(behind) === 0x3d && startsPair(cookies, from)) {
      const end = cookies.indexOf(';', behind)
      return unquoted(cookies.slice(behind + 1, end < 0 ? undefined : end).trim())
    }
    from = cookies.indexOf(name, behind)
  }
  return undefined
}

/** Whether only spaces stand between `index` and the `;` before it, or the start. */
function startsPair(cookies: string, index: number): boolean {
  let before = index - 1
  while (before >= 0 && cookies.charCodeAt(before) === 0x20) before--
  return before < 0 || cookies.charCodeAt(before) === 0x3b
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
