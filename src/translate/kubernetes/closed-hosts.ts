import { quoted } from '../../std/quoted.ts'
import { type ObjectFlaw, refused } from './object-problem.ts'
import type { IngressRead } from './read-ingress.ts'

/**
 * Hosts that an annotation was to protect as a whole and cannot: in ingress-nginx `auth-tls-secret` and `server-snippet` hold for
 * every path of a host, whoever wrote it. They close what other Ingresses of the namespace have of the host, and with the
 * compatibility those of other namespaces too.
 */
export class ClosedHosts {
  readonly #ofNamespace = new Map<string, IngressRead>()
  readonly #ofAll = new Map<string, IngressRead>()

  /** @param reads oldest first. @param isRefused whether an Ingress may not have a host. */
  constructor(reads: readonly IngressRead[], isRefused: (read: IngressRead, host: string) => boolean) {
    for (const read of reads) {
      if (read.annotations.nginx.closesHosts === undefined) continue
      for (const host of read.hosts.keys()) {
        if (isRefused(read, host)) continue
        const key = `${read.ref.namespace} ${host}`
        if (!this.#ofNamespace.has(key)) this.#ofNamespace.set(key, read)
        if (read.choice.class.compat === 'ingress-nginx' && !this.#ofAll.has(host))
          this.#ofAll.set(host, read)
      }
    }
  }

  /** What another Ingress closes a host of an Ingress with; `undefined` when nothing does, and when its routes are closed anyway. */
  flaw({ ref, choice, annotations }: IngressRead, host: string): ObjectFlaw | undefined {
    if (annotations.blocked !== undefined) return undefined
    const ofAll = choice.class.compat === 'ingress-nginx' ? this.#ofAll.get(host) : undefined
    const by = this.#ofNamespace.get(`${ref.namespace} ${host}`) ?? ofAll
    if (by === undefined) return undefined
    const { meta } = by.ingress
    const shown = host === '*' ? 'requests of any host' : `host ${quoted(host)}`
    const message = `${by.annotations.nginx.closesHosts} of Ingress ${quoted(`${meta.namespace}/${meta.name}`)} is to protect all of ${shown} and is not obeyed, so that the routes of this Ingress answer 503 there too`
    return refused('HostClosed', message, 'protect the host in another way, and remove the annotation there')
  }
}
