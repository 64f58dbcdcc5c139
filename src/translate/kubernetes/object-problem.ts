import type { Origin } from '../../model/origin.ts'
import type { IngressObject, ObjectMeta } from './objects.ts'
import type { ObjectProblem, ObjectRef } from './pieces.ts'
import type { ObjectReason } from './reasons.ts'

/** What is wrong, before it is known where that shows. */
export interface ObjectFlaw {
  readonly severity: 'error' | 'warning'
  readonly reason: ObjectReason
  readonly message: string
  readonly remedy: string
}

const apiVersions: Readonly<Record<ObjectRef['kind'], string>> = {
  Ingress: 'networking.k8s.io/v1',
  IngressClass: 'networking.k8s.io/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  Service: 'v1',
  Secret: 'v1',
  ConfigMap: 'v1',
}

/** Names an object of the API. */
export function refOf(
  kind: ObjectRef['kind'],
  { namespace, name, uid }: Pick<ObjectMeta, 'namespace' | 'name' | 'uid'>,
): ObjectRef {
  return { kind, apiVersion: apiVersions[kind], namespace, name, uid }
}

const ingressRefs = new WeakMap<IngressObject, ObjectRef>()

/** Names an Ingress; the same object each time. */
export function ingressRef(ingress: IngressObject): ObjectRef {
  const known = ingressRefs.get(ingress)
  if (known !== undefined) return known
  const ref = refOf('Ingress', ingress.meta)
  ingressRefs.set(ingress, ref)
  return ref
}

/** The place of a piece of an object: `Ingress shop/web spec.rules[0]`. */
export function originOf({ kind, namespace, name }: ObjectRef, field: string): Origin {
  const file = namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
  return { source: 'kubernetes', file, line: 0, column: 0, field }
}

/** A flaw where it shows. */
export function problemAt(object: ObjectRef, field: string, flaw: ObjectFlaw): ObjectProblem {
  const { severity, reason, message, remedy } = flaw
  return { severity, origin: originOf(object, field), message, remedy, object, reason }
}

/** Something that is left out. */
export function refused(reason: ObjectReason, message: string, remedy: string): ObjectFlaw {
  return { severity: 'error', reason, message, remedy }
}

/** Something that works, and not as one may think. */
export function warning(reason: ObjectReason, message: string, remedy: string): ObjectFlaw {
  return { severity: 'warning', reason, message, remedy }
}
