import type { Listener, ListenerRole } from '../../model/listener.ts'
import type { Origin } from '../../model/origin.ts'
import type { NativeListener } from '../schema/listener.ts'
import { listenerTls } from './listener-tls.ts'
import type { Materials } from './materials.ts'
import { targetTree } from './target.ts'

/** A listener as the model has it, but for its hash. */
export function listenerContent(
  native: NativeListener,
  origin: Origin,
  materials: Materials,
): Omit<Listener, 'hash' | 'origin'> {
  const { name, publicPort, tls, proxyProtocol, tcp, ...rest } = native
  const role: ListenerRole =
    tcp === undefined
      ? { kind: 'http' }
      : { kind: 'tcp', target: targetTree(tcp.to), idle: tcp.idle, accessLog: tcp.accessLog }
  return {
    id: name,
    publicPort,
    ...rest,
    role,
    tls: tls === undefined ? undefined : listenerTls(tls, role.kind, origin, materials),
    proxyProtocol,
  }
}
