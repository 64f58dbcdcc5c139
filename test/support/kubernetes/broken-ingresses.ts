import type { V1Ingress } from '@kubernetes/client-node'
import { ingress } from './objects.ts'

/** What broken Ingresses may refer to. */
export interface BrokenSurroundings {
  readonly namespaces: readonly string[]
  readonly className: string
  /** Hosts of others, which some of them claim. */
  readonly hosts: readonly string[]
  /** Services that are there, with port 80, in each of the namespaces. */
  readonly services: readonly string[]
  /** Names of annotations, with their prefixes. */
  readonly annotations: readonly string[]
}

/** Random Ingresses, each with something wrong in it; the same for the same seed. The API server refuses some. */
export class BrokenIngresses {
  readonly #around: BrokenSurroundings
  #state: number
  #made = 0

  constructor(seed: number, around: BrokenSurroundings) {
    this.#state = seed
    this.#around = around
  }

  /** The next one, with a name of its own. */
  next(): V1Ingress {
    const n = this.#made++
    const { namespaces, className, hosts, services } = this.#around
    const secretHosts = this.#some([...hosts, `own-${n}.test`, '*.good.test', `*.own-${n}.test`], 2)
    const made = ingress({
      namespace: this.#one(namespaces),
      name: `broken-${n}`,
      className,
      annotations: Object.fromEntries(Array.from({ length: this.#below(4) }, () => this.#annotation())),
      ...(this.#below(6) === 0
        ? { defaultBackend: `${this.#one([...services, 'absent'])}:${this.#port()}` }
        : {}),
      rules: Object.fromEntries(
        Array.from({ length: 1 + this.#below(3) }, () => [this.#host(n), this.#paths()]),
      ),
      ...(this.#below(3) === 0
        ? { tls: { [this.#one(['absent', 'broken-tls', 'other-tls'])]: secretHosts } }
        : {}),
    })
    if (this.#below(20) === 0) this.#useResource(made)
    return made
  }

  #host(n: number): string {
    const { hosts } = this.#around
    const own = [`own-${n}.test`, `own-${n % 50}.test`, `*.own-${n}.test`, '', '*.good.test', '*.test']
    return this.#one([...hosts, ...own])
  }

  #paths(): Record<string, string> {
    const { services } = this.#around
    return Object.fromEntries(
      Array.from({ length: this.#below(5) }, () => {
        const service = this.#one([...services, 'absent', 'external', 'nowhere', 'constructor'])
        return [
          `${this.#one(['Exact', 'Prefix', 'ImplementationSpecific'])} ${this.#path()}`,
          `${service}:${this.#port()}`,
        ]
      }),
    )
  }

  #port(): string {
    return this.#one(['80', '81', '65535', 'http', 'absent', 'a-b', '80'])
  }

  #path(): string {
    const known = [
      '/',
      '/a',
      '/(',
      '/a(?i',
      '/[',
      '/%',
      '/%zz',
      '/a b',
      '/é',
      '/a*',
      '/.*',
      '/*',
      '/((a+)+)+$',
      '/\\',
      '/{id}',
    ]
    return this.#below(2) === 0 ? this.#one(known) : `/${this.#noise(this.#below(60))}`
  }

  #annotation(): [string, string] {
    const words = [
      'on',
      'off',
      'true',
      '-1',
      '1e99',
      '{',
      '[',
      '[]',
      '{ a: b }',
      '__proto__',
      '((',
      '$1$2',
      '/',
      'null',
      '0s',
      '9999h',
      '&a *a',
    ]
    const value = this.#below(3) === 0 ? this.#noise(this.#below(2000)) : this.#one(words)
    return [this.#one(this.#around.annotations), value]
  }

  /** Text of printable and odd characters. */
  #noise(length: number): string {
    const letters = 'ab/.-_~%?#[]{}()*+|\\^$"\'`<>;:,=&! \t\néß\u2028\u{1f600}01'
    const all = Array.from(letters)
    return Array.from({ length }, () => this.#one(all)).join('')
  }

  #useResource({ spec }: V1Ingress): void {
    const path = spec?.rules?.[0]?.http?.paths[0]
    if (path === undefined) return
    path.backend = { resource: { apiGroup: 'storage.test', kind: 'Bucket', name: 'pictures' } }
  }

  #some(values: readonly string[], count: number): string[] {
    return Array.from({ length: count }, () => this.#one(values))
  }

  #one<T>(values: readonly T[]): T {
    return values[this.#below(values.length)] as T
  }

  /** Mulberry32. */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }
}
