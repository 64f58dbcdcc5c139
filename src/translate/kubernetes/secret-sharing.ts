import type { ObjectName } from '../../model/kubernetes-settings.ts'
import { quoted } from '../../std/quoted.ts'
import { type ObjectFlaw, refused } from './object-problem.ts'
import type { ReferenceGrantObject, SecretLookup } from './objects.ts'

/** Names the namespaces that may use a Secret, apart by commas; `*` is all. */
export const allowFromAnnotation = 'tidegate.dev/allow-from'

/**
 * Whether Ingresses of a namespace may use a Secret of another one: its owner says so on the Secret, or by a ReferenceGrant beside it
 * from Ingresses of that namespace. Neither is handed on to a third.
 */
export function isShared(
  { namespace, name }: ObjectName,
  lookup: SecretLookup,
  reader: string,
  grants: readonly ReferenceGrantObject[],
): boolean {
  const written =
    lookup.kind === 'found' ? (lookup.secret.meta.annotations.get(allowFromAnnotation) ?? '') : ''
  const allowed = written.split(',').map((one) => one.trim())
  if (allowed.includes('*') || allowed.includes(reader)) return true
  return grants.some(
    ({ meta, from, to }) =>
      meta.namespace === namespace &&
      from.some(
        (one) => one.group === 'networking.k8s.io' && one.kind === 'Ingress' && one.namespace === reader,
      ) &&
      to.some((one) => one.group === '' && one.kind === 'Secret' && (one.name === '' || one.name === name)),
  )
}

/** The same whether the Secret exists or not: who may not use it need not hear. */
export function notShared(shown: string, reader: string): ObjectFlaw {
  const message = `secret ${quoted(shown)} is not there for namespace ${quoted(reader)}`
  const remedy = `have its owner annotate it with "${allowFromAnnotation}: ${reader}", or write a ReferenceGrant in its namespace`
  return refused('SecretNotShared', message, remedy)
}
