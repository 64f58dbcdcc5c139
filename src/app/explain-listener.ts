import type { ExplainQuery } from '../admin/admin-deps.ts'
import { authorityPort } from '../http/authority.ts'
import { printAddress } from '../model/address.ts'
import type { Listener } from '../model/listener.ts'
import { urlParts } from './explain-url.ts'

/** The listener that takes the request, as it is shown. */
export interface ChosenListener {
  readonly id: string
  readonly address: string
  /** Why it is this one. */
  readonly why: string
}

export type ListenerChoice =
  | { readonly kind: 'listener'; readonly listener: Listener; readonly chosen: ChosenListener }
  | { readonly kind: 'none'; readonly why: string }

/** The listener that was named; else the one on the port of the URL; else the first, since ports are often mapped. */
export function chooseListener(query: ExplainQuery, listeners: readonly Listener[]): ListenerChoice {
  const first = listeners[0]
  if (first === undefined) return { kind: 'none', why: 'there is no listener' }
  if (query.listener !== undefined) {
    const named = listeners.find(({ id }) => id === query.listener)
    if (named !== undefined) return choice(named, 'it was named')
    const ids = listeners.map(({ id }) => `"${id}"`).join(', ')
    return { kind: 'none', why: `there is no listener "${query.listener}"; there are ${ids}` }
  }
  const port = portOf(query.url)
  const onPort = listeners.find(({ address }) => address.kind === 'tcp' && address.port === port)
  if (onPort !== undefined) return choice(onPort, `it has the port of the URL`)
  const why = listeners.length === 1 ? 'it is the only one' : `it is the first, and none has port ${port}`
  return choice(first, why)
}

function choice(listener: Listener, why: string): ListenerChoice {
  return {
    kind: 'listener',
    listener,
    chosen: { id: listener.id, address: printAddress(listener.address), why },
  }
}

function portOf(url: string): number {
  const { scheme, authority } = urlParts(url)
  return authorityPort(authority) ?? (scheme === 'https' ? 443 : 80)
}
