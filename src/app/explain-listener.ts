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

/**
 * The listener that was named; else the one on the port of the URL; else the first that speaks TLS as the URL does or does not,
 * since ports are often mapped. Listeners of TCP carry no requests.
 */
export function chooseListener(query: ExplainQuery, all: readonly Listener[]): ListenerChoice {
  const listeners = all.filter(({ role }) => role.kind === 'http')
  const first = listeners[0]
  if (query.listener !== undefined) return namedListener(query.listener, all)
  if (first === undefined) {
    const why = all.length === 0 ? 'there is no listener' : 'there is no listener of HTTP, only of TCP'
    return { kind: 'none', why }
  }
  const { scheme, authority } = urlParts(query.url)
  const isSecure = scheme === 'https'
  const port = authorityPort(authority) ?? (isSecure ? 443 : 80)
  const alike = listeners.filter(({ tls }) => (tls !== undefined) === isSecure)
  const onPort = [...alike, ...listeners].find(
    ({ address }) => address.kind === 'tcp' && address.port === port,
  )
  if (onPort !== undefined) return choice(onPort, 'it has the port of the URL')
  const known = [...alike, ...listeners].find(({ publicPort }) => publicPort === port)
  if (known !== undefined) return choice(known, 'clients know it by the port of the URL')
  const [chosen = first] = alike
  if (listeners.length === 1) return choice(chosen, 'it is the only one')
  const among =
    alike.length === 0 || alike.length === listeners.length ? '' : isSecure ? ' with TLS' : ' without TLS'
  return choice(chosen, `it is the first${among}, and none has port ${port}`)
}

function namedListener(name: string, all: readonly Listener[]): ListenerChoice {
  const named = all.find(({ id }) => id === name)
  if (named?.role.kind === 'tcp')
    return { kind: 'none', why: `listener "${name}" carries TCP: no route applies to it` }
  if (named !== undefined) return choice(named, 'it was named')
  if (all.length === 0) return { kind: 'none', why: 'there is no listener' }
  const ids = all.map(({ id }) => `"${id}"`).join(', ')
  return { kind: 'none', why: `there is no listener "${name}"; there are ${ids}` }
}

function choice(listener: Listener, why: string): ListenerChoice {
  return {
    kind: 'listener',
    listener,
    chosen: { id: listener.id, address: printAddress(listener.address), why },
  }
}
