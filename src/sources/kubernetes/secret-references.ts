import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { IngressClassObject, IngressObject } from '../../translate/kubernetes/objects.ts'
import { keyOf } from './table.ts'

type ClassSettings = Pick<KubernetesSettings, 'controller' | 'className' | 'watchWithoutClass'>

const ourPrefix = 'tidegate.dev/'

/** May hold names of Secrets among other things; only translation reads it. */
const tlsAnnotation = `${ourPrefix}tls`

/**
 * Annotations that name a Secret, with its namespace or without. A closed list: for each namespace that is named we ask the API
 * server for our rights again and again, and by names of his own a tenant could have it asked for hundreds with one Ingress.
 */
const secretAnnotations = [
  `${ourPrefix}tls-secret`,
  `${ourPrefix}tls.ca-secret`,
  `${ourPrefix}tls.certificate-secret`,
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

/** Whether an Ingress can be ours; translation has the last word. */
export function mayBeOurs({ className, meta }: IngressObject, { names, withoutClass }: OurClasses): boolean {
  const named = className ?? meta.annotations.get('kubernetes.io/ingress.class') ?? ''
  return named === '' ? withoutClass === 'on' : names.has(named)
}

/**
 * Secrets that an Ingress may make us read, as `namespace/name`: none for one that cannot be ours. Translation decides which of them it
 * asks for; knowing them before it does lets everything be there when it starts.
 */
export function secretReferences(ingress: IngressObject, classes: OurClasses): readonly string[] {
  if (!mayBeOurs(ingress, classes)) return []
  const { namespace, annotations } = ingress.meta
  const written = [
    ...ingress.tls.map(({ secretName }) => secretName),
    ...secretAnnotations.map((name) => annotations.get(name) ?? ''),
  ]
  const names = written.map(plainName).filter((name) => name !== undefined)
  return [...new Set(names.map((name) => (name.includes('/') ? name : keyOf(namespace, name))))]
}

/** Whether annotations may name Secrets in forms that only translation reads; such are of the namespace of the Ingress. */
export function mayHideSecrets(annotations: ReadonlyMap<string, string>): boolean {
  const tls = annotations.get(tlsAnnotation)?.trim() ?? 'off'
  const isPlain = (name: string): boolean => plainName(annotations.get(name) ?? 'none') !== undefined
  return (tls !== 'on' && tls !== 'off') || !secretAnnotations.every(isPlain)
}

/** Secrets that the defaults of a class name with their namespace, and whether they may name others in the namespace of each Ingress. */
export function defaultReferences(defaults: ReadonlyMap<string, string>): {
  readonly keys: readonly string[]
  readonly mayHide: boolean
} {
  const annotations = new Map(
    [...defaults].map(([name, text]) => [name.includes('/') ? name : ourPrefix + name, text]),
  )
  const names = secretAnnotations.flatMap((name) => plainName(annotations.get(name) ?? '') ?? [])
  const keys = names.filter((name) => name.includes('/'))
  return { keys, mayHide: keys.length < names.length || mayHideSecrets(annotations) }
}

/** `name` or `namespace/name` as it stands in a text, quotes around it taken off; `undefined` for whatever else translation may read. */
function plainName(text: string): string | undefined {
  return /^(["']?)([a-z0-9.-]+(?:\/[a-z0-9.-]+)?)\1$/.exec(text.trim())?.[2]
}
