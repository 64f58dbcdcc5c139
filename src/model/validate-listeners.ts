import { printAddress } from './address.ts'
import type { Draft, Parts } from './build.ts'
import type { Listener, SocketAddress } from './listener.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import { printPlace } from './problem.ts'
import type { Locate } from './validate.ts'

/** Whether each listener has a name and an address of its own, which the admin interface does not have either. */
export function checkListeners({ listeners, settings }: Parts, locate: Locate): readonly Problem[] {
  const problems: Problem[] = []
  const byName = new Map<string, Origin>()
  const taken: { readonly address: SocketAddress; readonly by: string }[] = []
  for (const address of [settings.admin.address, settings.admin.health?.address]) {
    if (address !== undefined) taken.push({ address, by: 'the admin interface' })
  }
  for (const { origin, content } of listeners) {
    const first = byName.get(content.id)
    if (first !== undefined) problems.push(nameTwice(content.id, locate(origin, 'name', content.id), first))
    else byName.set(content.id, origin)
    const other = taken.find(({ address }) => overlaps(address, content.address))
    if (other !== undefined) problems.push(addressTwice(content, origin, other.by, locate))
    taken.push({
      address: content.address,
      by: `listener ${JSON.stringify(content.id)} at ${printPlace(origin)}`,
    })
  }
  return problems
}

function nameTwice(name: string, origin: Origin, first: Origin): Problem {
  const message = `name ${JSON.stringify(name)} is taken by the listener at ${printPlace(first)}`
  return { severity: 'error', origin, message, remedy: 'write another name' }
}

function addressTwice(
  listener: Draft<Listener>['content'],
  origin: Origin,
  by: string,
  locate: Locate,
): Problem {
  const address = printAddress(listener.address)
  return {
    severity: 'error',
    origin: locate(origin, 'address', address),
    message: `address ${JSON.stringify(address)} is taken by ${by}`,
    remedy: 'write another port or address',
  }
}

/** `::` accepts IPv4 too. A single address beside "all addresses" works: the kernel prefers the one that says more. */
function overlaps(a: SocketAddress, b: SocketAddress): boolean {
  if (a.kind === 'unix' || b.kind === 'unix')
    return a.kind === 'unix' && b.kind === 'unix' && a.path === b.path
  if (a.port !== b.port || a.port === 0) return false
  return a.host === b.host || (isAny(a.host) && isAny(b.host))
}

function isAny(host: string): boolean {
  return host === '::' || host === '0.0.0.0'
}
