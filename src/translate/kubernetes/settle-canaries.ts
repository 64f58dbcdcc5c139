import { quoted } from '../../std/quoted.ts'
import { type ObjectFlaw, refused } from './object-problem.ts'
import type { IngressRead, PathRead } from './read-ingress.ts'
import type { Settlement } from './settle-paths.ts'

/**
 * Gives canaries their part of the paths that they name, which are another Ingress's in the same namespace. There is one canary for
 * each path: the oldest. One whose annotations cannot be obeyed takes nothing, and its backends are looked at all the same.
 */
export function settleCanaries(canaries: readonly IngressRead[], settlement: Settlement): void {
  for (const read of canaries) {
    for (const path of read.paths) {
      const flaw = settlement.isRefused(read, path.host) ? undefined : takePart(read, path, settlement)
      if (flaw !== undefined) settlement.tell(read, `${path.field}.path`, flaw)
    }
  }
}

function takePart(read: IngressRead, path: PathRead, settlement: Settlement): ObjectFlaw | undefined {
  const { namespace } = read.ingress.meta
  const found = settlement.winners.get(settlement.isRegex(read, path.host) ? path.regexKey : path.key)
  const winner = found?.settling.read.ingress.meta.namespace === namespace ? found : undefined
  const served = winner?.settling.served[winner.index]
  const shown = `${path.host === '*' ? 'any host' : quoted(path.host)} ${quoted(path.text)}`
  if (winner === undefined || served === undefined) {
    const message = `no other Ingress of namespace ${quoted(namespace)} has ${shown}, of which this canary could take a part`
    return refused('CanaryWithoutMain', message, 'create it, or remove the annotation "canary"')
  }
  if (served.canary !== undefined) {
    const { name } = served.canary.read.ingress.meta
    const message = `canary ${quoted(name)} takes its part of ${shown} already, and is older`
    return refused('CanaryTaken', message, 'remove one of them')
  }
  const settling = settlement.settling(read)
  if (read.annotations.blocked !== undefined) {
    settling.told.push(path)
    return undefined
  }
  served.canary = { read, path }
  settling.isPart = true
  return undefined
}
