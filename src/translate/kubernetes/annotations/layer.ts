import { keywordsOf } from '../../read/keywords.ts'
import { clusterSchema } from '../../schema/cluster.ts'
import { kebab } from './native-table.ts'
import { ourPrefix } from './prefixes.ts'
import type { Findings } from './problems.ts'
import { type Misfit, misfitIn, overlaps, type Values, type Write, withWrite } from './settings.ts'

/**
 * Adds what one layer says to what those before it said. A part whose pieces do not fit stays as it was before, with a problem;
 * when it protects, the routes are closed.
 */
export function applyLayer(before: Values, writes: readonly Write[], findings: Findings): Values {
  let values = before
  for (const write of writes) values = withWrite(values, write)
  for (const key of new Set(writes.map(({ path }) => path[0] ?? ''))) {
    const misfit = misfitIn(values, key)
    if (misfit === undefined) continue
    report(misfit, key, writes, findings)
    values = { ...values, [key]: before[key] }
  }
  return fitCluster(before, values, writes, findings)
}

/** Parts of a cluster that do not fit each other: the one that this layer said, or the protocol it said, is taken back. */
function fitCluster(before: Values, after: Values, writes: readonly Write[], findings: Findings): Values {
  let values = after
  for (const misfit of clusterMisfits(values)) {
    const said = [...misfit.path, 'protocol'].find((key) => writes.some(({ path }) => path[0] === key))
    if (said === undefined) continue
    report({ ...misfit, path: [said] }, said, writes, findings)
    values = { ...values, [said]: before[said] }
  }
  return values
}

/** Without a protocol that somebody asked for, `appProtocol` of the port decides, which is not known here. */
function clusterMisfits(values: Values): readonly Misfit[] {
  if (values['protocol'] === undefined) return []
  const mismatch = keywordsOf(clusterSchema).check?.({ ...values, endpoints: [], dns: undefined })
  return mismatch === undefined ? [] : [{ path: [String(mismatch.at)], flaw: mismatch.flaw }]
}

function report({ path, flaw }: Misfit, key: string, writes: readonly Write[], findings: Findings): void {
  const within = writes.filter((write) => write.path[0] === key)
  const culprit = within.findLast((write) => overlaps(write.path, path)) ?? within.at(-1)
  const annotation = culprit?.annotations.at(-1) ?? ''
  const name = path.map((step) => kebab(step === 'tlsSettings' ? 'tls' : step)).join('.')
  const message = `${name} ${flaw.message}: nothing of what is said of "${kebab(key)}" is taken`
  findings.refuse(annotation, 'AnnotationInvalid', { message, remedy: inAnnotationWords(flaw.remedy) })
  if (within.some(({ protects }) => protects))
    findings.block(annotation, `cannot be obeyed: ${name} ${flaw.message}`)
}

/** The schema speaks of keys of a cluster in a file. */
function inAnnotationWords(remedy: string): string {
  return remedy.replace(/^add "protocol: h2" to the cluster$/, `add "${ourPrefix}backend-protocol: grpc"`)
}
