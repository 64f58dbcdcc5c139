import type {
  ImplementationSpecific,
  IngressCompat,
  KubernetesSettings,
} from '../../model/kubernetes-settings.ts'
import { quoted } from '../../std/quoted.ts'
import type { LimitStatuses } from './annotations/annotations-read.ts'
import { problemAt, refOf, warning } from './object-problem.ts'
import type { ConfigMapObject, IngressClassObject } from './objects.ts'
import type { ObjectProblem, ObjectRef } from './pieces.ts'
import type { ObjectReason } from './reasons.ts'

/** What holds for all Ingresses of a class. */
export interface ClassSettings {
  /** Of the IngressClass; `""` for Ingresses that are ours without one. */
  readonly name: string
  readonly compat: IngressCompat
  readonly implementationSpecific: ImplementationSpecific
  readonly limitStatuses: LimitStatuses
  /** Defaults for annotations, by their names as the ConfigMap has them. */
  readonly defaults: ReadonlyMap<string, string>
  /** Where problems with the defaults are shown: the ConfigMap they stand in. */
  readonly place: ObjectRef | undefined
  readonly problems: readonly ObjectProblem[]
}

/** Settings of Ingresses without parameters. */
export function plainClass(name: string, settings: KubernetesSettings): ClassSettings {
  const { compat, implementationSpecific } = settings
  return {
    name,
    compat,
    implementationSpecific,
    limitStatuses: { requests: undefined, connections: undefined },
    defaults: new Map(),
    place: undefined,
    problems: [],
  }
}

/**
 * The settings of an IngressClass of ours with what its parameters say. What is wrong with them shows on the class: it was the
 * operator who wrote it, once, and not those who wrote a thousand Ingresses.
 */
export function classSettings(
  ingressClass: IngressClassObject,
  settings: KubernetesSettings,
  configMap: (namespace: string, name: string) => ConfigMapObject | undefined,
): ClassSettings {
  const plain = plainClass(ingressClass.meta.name, settings)
  const { parameters } = ingressClass
  if (parameters === undefined) return plain
  const ref = refOf('IngressClass', ingressClass.meta)
  const told = (reason: ObjectReason, message: string, remedy: string): ClassSettings => ({
    ...plain,
    problems: [problemAt(ref, 'spec.parameters', warning(reason, message, remedy))],
  })
  const { apiGroup, kind, namespace, name } = parameters
  if (apiGroup !== '' || kind !== 'ConfigMap' || namespace === '') {
    const what = `parameters are of kind ${quoted(kind)}${namespace === '' ? ' of the cluster' : ''}, which says nothing here`
    return told(
      'ClassParametersInvalid',
      what,
      'name a ConfigMap: kind "ConfigMap", scope "Namespace", no apiGroup',
    )
  }
  const shown = quoted(`${namespace}/${name}`)
  if (!settings.classParameters.some((one) => one.namespace === namespace && one.name === name)) {
    const message = `parameters name ConfigMap ${shown}, which the operator did not allow`
    return told(
      'ClassParametersRefused',
      message,
      `add ${shown} to "classParameters" of the Kubernetes settings`,
    )
  }
  const found = configMap(namespace, name)
  if (found === undefined) {
    return told(
      'ClassParametersInvalid',
      `parameters name ConfigMap ${shown}, which does not exist`,
      'create it',
    )
  }
  return { ...plain, ...readParameters(found, plain) }
}

const compats: readonly IngressCompat[] = ['ingress-nginx', 'off']
const kinds: readonly ImplementationSpecific[] = ['prefix', 'istio', 'linkerd']

/** Keys of a ConfigMap that are no defaults of annotations. */
const ofClass: ReadonlySet<string> = new Set([
  'compat',
  'implementation-specific',
  'limit-req-status-code',
  'limit-conn-status-code',
])

function readParameters({ meta, data }: ConfigMapObject, plain: ClassSettings): Omit<ClassSettings, 'name'> {
  const place = refOf('ConfigMap', meta)
  const problems: ObjectProblem[] = []
  const choose = <T extends string>(key: string, choices: readonly T[], usual: T): T => {
    const written = data.get(key)
    const found = choices.find((choice) => choice === written)
    if (written !== undefined && found === undefined) {
      const message = `${key} ${quoted(written)} is not known, and ${quoted(usual)} is taken`
      const remedy = `write one of ${choices.map((choice) => quoted(choice)).join(', ')}`
      problems.push(problemAt(place, `data.${key}`, warning('ClassParametersInvalid', message, remedy)))
    }
    return found ?? usual
  }
  const compat = choose('compat', compats, plain.compat)
  const implementationSpecific = choose('implementation-specific', kinds, plain.implementationSpecific)
  const status = (key: string): number | undefined => {
    const written = data.get(key)
    if (written === undefined) return undefined
    if (/^[45]\d\d$/.test(written)) return Number(written)
    const message = `${key} ${quoted(written)} is no status of an error, and is left out`
    const remedy = 'write a number from 400 to 599, such as "429"'
    problems.push(problemAt(place, `data.${key}`, warning('ClassParametersInvalid', message, remedy)))
    return undefined
  }
  // By their names in the ConfigMap of ingress-nginx.
  const limitStatuses = {
    requests: status('limit-req-status-code'),
    connections: status('limit-conn-status-code'),
  }
  const defaults = new Map([...data].filter(([key]) => !ofClass.has(key)))
  return { compat, implementationSpecific, limitStatuses, defaults, place, problems }
}
