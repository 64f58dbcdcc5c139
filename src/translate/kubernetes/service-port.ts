import { closest } from '../../std/closest.ts'
import { quoted } from '../../std/quoted.ts'
import { type ObjectFlaw, refused } from './object-problem.ts'
import type { ServiceObject, ServicePort, ServicePortRef } from './objects.ts'

/**
 * The port of a Service that a backend names, by number or by name. What a port is called says nothing about whether HTTP can be
 * spoken to it; only TCP can.
 */
export function servicePort(service: ServiceObject, wanted: ServicePortRef): ServicePort | ObjectFlaw {
  const usable = service.ports.filter(({ protocol }) => protocol === 'TCP')
  const found = usable.find(({ name, port }) =>
    typeof wanted === 'number' ? port === wanted : name === wanted,
  )
  if (found !== undefined) return found
  const { namespace, name } = service.meta
  const message = `service ${quoted(`${namespace}/${name}`)} has no port ${shown(wanted)}`
  return refused('ServicePortNotFound', `${message}: it has ${portList(usable)}`, remedyFor(wanted, usable))
}

function remedyFor(wanted: ServicePortRef, usable: readonly ServicePort[]): string {
  const near =
    typeof wanted === 'string' ? closest(wanted, usable.map(({ name }) => name).filter(Boolean)) : undefined
  if (near !== undefined) return `did you mean "port.name: ${near}"?`
  const [only, ...others] = usable
  if (only !== undefined && others.length === 0) return `write "port.number: ${only.port}"`
  return 'write one of these, or add the port to the Service'
}

function portList(ports: readonly ServicePort[]): string {
  if (ports.length === 0) return 'none with TCP'
  return ports.map(({ name, port }) => (name === '' ? String(port) : `${port} (${quoted(name)})`)).join(', ')
}

function shown(wanted: ServicePortRef): string {
  return typeof wanted === 'number' ? String(wanted) : quoted(wanted)
}
