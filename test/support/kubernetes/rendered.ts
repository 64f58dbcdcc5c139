import type { V1PolicyRule } from '@kubernetes/client-node'
import type { Kind, Kinds, KubeObject } from './kube-kinds.ts'

/** The objects of a kind. */
export function ofKind<K extends Kind>(objects: readonly KubeObject[], kind: K): Kinds[K][] {
  return objects.filter((object) => object.kind === kind) as Kinds[K][]
}

/** The one object of a kind and name. @throws {Error} when there is none. */
export function oneOf<K extends Kind>(objects: readonly KubeObject[], kind: K, name = 'tidegate'): Kinds[K] {
  const found = ofKind(objects, kind).find((object) => object.metadata?.name === name)
  if (found === undefined) throw new Error(`no ${kind} "${name}" was rendered`)
  return found
}

/** `namespace/name` of the objects of a kind. */
export function namesOf(objects: readonly KubeObject[], kind: Kind): string[] {
  return ofKind(objects, kind).map(({ metadata }) => `${metadata?.namespace ?? ''}/${metadata?.name}`)
}

/** Rules as lines, sorted: `get,list,watch secrets [a b] in ""`. */
export function ruleLines(rules: readonly V1PolicyRule[] | undefined): string[] {
  const lines = (rules ?? []).flatMap(({ verbs, resources = [], resourceNames, apiGroups = [] }) =>
    resources.flatMap((resource) =>
      apiGroups.map((group) => {
        const names = resourceNames === undefined ? '' : ` [${resourceNames.join(' ')}]`
        return `${verbs.join(',')} ${resource}${names} in "${group}"`
      }),
    ),
  )
  return lines.sort()
}

/** The text of the gateway's configuration. */
export function gatewayConfig(objects: readonly KubeObject[]): string {
  const configMaps = ofKind(objects, 'ConfigMap')
  const text = configMaps.map(({ data }) => data?.['gateway.yaml']).find((text) => text !== undefined)
  if (text === undefined) throw new Error('no ConfigMap with gateway.yaml was rendered')
  return text
}
