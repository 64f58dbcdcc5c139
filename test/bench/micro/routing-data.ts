import type { RequestView } from '../../../src/model/request-view.ts'
import type { Route } from '../../../src/model/route.ts'
import { route, segments } from '../../unit/routing/routes.ts'

const paths = ['/', '/api', '/static']
const asked = ['/', '/api/users/1', '/static/app.js']

/** Three routes for each of `hosts` hosts. */
export function routesOf(hosts: number): Route[] {
  return Array.from({ length: hosts * 3 }, (_, i) =>
    route({
      id: `route-${i}`,
      hosts: [hostName(Math.floor(i / 3))],
      path: segments(text(paths[i % 3] ?? '/')),
      rank: i,
    }),
  )
}

/** Routes of one host, each at its own path. */
export function routesOfOneHost(count: number): Route[] {
  return Array.from({ length: count }, (_, i) =>
    route({ id: `route-${i}`, path: segments(`/service-${i}/v1`), rank: i }),
  )
}

function hostName(number: number): string {
  return text(`host-${number}.example.com`)
}

/** A string of its own, as parsing a file or a head makes one; equal constants would be one object. */
function text(value: string): string {
  return Buffer.from(value, 'latin1').toString('latin1')
}

/** Requests for hosts at random: strings are cut out of a head, so hashing and comparing them costs what it does in life. */
export class Requests {
  readonly #heads: readonly Buffer[]
  #views: MutableView[] = []
  #next = 0

  constructor(hosts: number, count: number) {
    let seed = 12_345
    this.#heads = Array.from({ length: count }, (_, i) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return Buffer.from(
        `GET ${asked[i % 3]} HTTP/1.1\r\nhost: host-${(seed >>> 8) % hosts}.example.com\r\n\r\n`,
      )
    })
    this.refresh()
  }

  next(): RequestView {
    const view = this.#views[this.#next]
    this.#next += 1
    if (this.#next === this.#views.length) this.refresh()
    return view ?? new MutableView('')
  }

  refresh(): void {
    this.#views = this.#heads.map((head) => new MutableView(head.toString('latin1')))
    this.#next = 0
  }
}

/** A view of the shape an exchange has: own fields, a method on the prototype. */
class MutableView implements RequestView {
  listener = 'web'
  method = 'GET'
  host: string
  path: string
  query = ''
  clientAddress = '203.0.113.7'

  constructor(head: string) {
    const end = head.indexOf(' HTTP')
    const host = head.indexOf('host: ')
    this.path = head.slice(4, end)
    this.host = head.slice(host + 6, head.indexOf('\r', host))
  }

  field(): string | undefined {
    return undefined
  }
}
