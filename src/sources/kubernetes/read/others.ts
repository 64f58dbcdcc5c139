import type {
  ConfigMapObject,
  ObjectMeta,
  ReferenceGrantObject,
} from '../../../translate/kubernetes/objects.ts'
import {
  fieldsOf,
  frozenList,
  optionalFields,
  optionalList,
  optionalText,
  own,
  type Reading,
  reading,
  text,
  textEntries,
} from './json.ts'
import { readMeta } from './meta.ts'

/** v1 ConfigMap; `binaryData` is of no use to anybody here. */
export function readConfigMap(json: unknown): Reading<ConfigMapObject> {
  return reading(() => {
    const object = fieldsOf(json, 'object')
    return Object.freeze({ meta: readMeta(object), data: new Map(textEntries(own(object, 'data'), 'data')) })
  })
}

/** gateway.networking.k8s.io ReferenceGrant. */
export function readReferenceGrant(json: unknown): Reading<ReferenceGrantObject> {
  return reading(() => {
    const object = fieldsOf(json, 'object')
    const spec = optionalFields(own(object, 'spec'), 'spec')
    return Object.freeze({
      meta: readMeta(object),
      from: frozenList(
        optionalList(spec, 'from', 'spec').map((value, index) => {
          const path = `spec.from[${index}]`
          const entry = fieldsOf(value, path)
          return Object.freeze({
            group: optionalText(entry, 'group', path),
            kind: text(entry, 'kind', path),
            namespace: text(entry, 'namespace', path),
          })
        }),
      ),
      to: frozenList(
        optionalList(spec, 'to', 'spec').map((value, index) => {
          const path = `spec.to[${index}]`
          const entry = fieldsOf(value, path)
          return Object.freeze({
            group: optionalText(entry, 'group', path),
            kind: text(entry, 'kind', path),
            name: optionalText(entry, 'name', path),
          })
        }),
      ),
    })
  })
}

/** v1 Namespace: that it is there. Which ones are wanted the API server chooses by label. */
export interface NamespaceObject {
  readonly meta: ObjectMeta
}

export function readNamespace(json: unknown): Reading<NamespaceObject> {
  return reading(() => Object.freeze({ meta: readMeta(fieldsOf(json, 'object')) }))
}

/** v1 Node. */
export interface NodeObject {
  readonly meta: ObjectMeta
  /** The label `topology.kubernetes.io/zone`; `""` without one. */
  readonly zone: string
  readonly addresses: readonly { readonly type: string; readonly address: string }[]
}

export function readNode(json: unknown): Reading<NodeObject> {
  return reading(() => {
    const object = fieldsOf(json, 'object')
    const labels = optionalFields(
      own(fieldsOf(own(object, 'metadata'), 'metadata'), 'labels'),
      'metadata.labels',
    )
    const status = optionalFields(own(object, 'status'), 'status')
    return Object.freeze({
      meta: readMeta(object),
      zone: optionalText(labels, 'topology.kubernetes.io/zone', 'metadata.labels'),
      addresses: frozenList(
        optionalList(status, 'addresses', 'status').map((value, index) => {
          const path = `status.addresses[${index}]`
          const entry = fieldsOf(value, path)
          return Object.freeze({ type: text(entry, 'type', path), address: text(entry, 'address', path) })
        }),
      ),
    })
  })
}
