import type { StatusAddress } from '../../../translate/kubernetes/objects.ts'
import { type Fields, frozenList, own } from './json.ts'

const none: readonly StatusAddress[] = frozenList([])

/**
 * `status.loadBalancer.ingress` of an Ingress or a Service. Others write it, so what is not of its form is left out here and does not
 * cost the object.
 */
export function readStatusAddresses(object: unknown): readonly StatusAddress[] {
  const list = inside(inside(inside(object, 'status'), 'loadBalancer'), 'ingress')
  if (!Array.isArray(list)) return none
  return frozenList(list.flatMap((entry) => readAddress(entry) ?? []))
}

function readAddress(entry: unknown): StatusAddress | undefined {
  const ip = textIn(entry, 'ip')
  const hostname = textIn(entry, 'hostname')
  if (ip === undefined && hostname === undefined) return undefined
  const ipMode = textIn(entry, 'ipMode')
  const ports = inside(entry, 'ports')
  return Object.freeze({
    ...(ip === undefined ? {} : { ip }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(ipMode === undefined ? {} : { ipMode }),
    ...(Array.isArray(ports) ? { ports } : {}),
  })
}

function inside(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? own(value as Fields, name) : undefined
}

function textIn(value: unknown, name: string): string | undefined {
  const found = inside(value, name)
  return typeof found === 'string' && found !== '' ? found : undefined
}
