import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { IngressClassObject, IngressObject } from '../../translate/kubernetes/objects.ts'
import { keyOf } from './table.ts'

type ClassSettings = Pick<KubernetesSettings, 'controller' | 'className' | 'watchWithoutClass'>

/**
 * Annotations that name a Secret, with its namespace or without. A closed list: for each namespace that is named we ask the API
 * server for our rights again and again, and by names of his own a tenant could have it asked for hundreds with one Ingress.
 */
const secretAnnotations = [
  'tidegate.dev/tls-secret',
  'tidegate.dev/tls.ca-secret',
  'tidegate.dev/tls.certificate-secret',
  'nginx.ingress.kubernetes.io/auth-tls-secret',
  'nginx.ingress.kubernetes.io/auth-secret',
  'nginx.ingress.kubernetes.io/proxy-ssl-secret',
]

/** Names of our classes, and whether Ingresses without a class may be ours. */
export interface OurClasses {
  readonly names: ReadonlySet<string>
  readonly withoutClass: 'on' | 'off'
}

export function ourClasses(settings: ClassSettings, classes: Iterable<IngressClassObject>): OurClasses {
  const names = new Set([settings.className])
  let withoutClass = settings.watchWithoutClass
  for (const { meta, controller, isDefault } of classes) {
    if (controller !== settings.controller) continue
    names.add(meta.name)
    if (isDefault) withoutClass = 'on'
  }
  return { names, withoutClass }
}

/**
 * Secrets that an Ingress may make us read, as `namespace/name`: none for one that cannot be ours. Translation decides which of them it
 * asks for; knowing them before it does lets everything be there when it starts.
 */
export function secretReferences(
  ingress: IngressObject,
  { names, withoutClass }: OurClasses,
): readonly string[] {
  const { namespace, annotations } = ingress.meta
  const named = ingress.className ?? annotations.get('kubernetes.io/ingress.class')
  const mayBeOurs = named === undefined ? withoutClass === 'on' : names.has(named)
  if (!mayBeOurs) return []
  const found = new Set<string>()
  for (const { secretName } of ingress.tls) if (secretName !== '') found.add(keyOf(namespace, secretName))
  for (const name of secretAnnotations) {
    const value = annotations.get(name) ?? ''
    if (!/^[a-z0-9.-]+(?:\/[a-z0-9.-]+)?$/.test(value)) continue
    found.add(value.includes('/') ? value : keyOf(namespace, value))
  }
  return [...found]
}
