import type {
  IngressBackend,
  IngressObject,
  IngressPath,
  IngressRule,
  IngressTls,
  ServicePortRef,
} from '../../../translate/kubernetes/objects.ts'
import {
  type Fields,
  FormError,
  fieldsOf,
  frozenList,
  oneOf,
  optionalFields,
  optionalList,
  optionalPort,
  optionalText,
  optionalTexts,
  own,
  type Reading,
  reading,
  text,
} from './json.ts'
import { readMeta } from './meta.ts'

/** networking.k8s.io/v1 Ingress. */
export function readIngress(json: unknown): Reading<IngressObject> {
  return reading(() => {
    const object = fieldsOf(json, 'object')
    const spec = optionalFields(own(object, 'spec'), 'spec')
    const className = optionalText(spec, 'ingressClassName', 'spec')
    return Object.freeze({
      meta: readMeta(object),
      className: className === '' ? undefined : className,
      defaultBackend: readOptionalBackend(own(spec, 'defaultBackend'), 'spec.defaultBackend'),
      rules: frozenList(
        optionalList(spec, 'rules', 'spec').map((rule, index) => readRule(rule, `spec.rules[${index}]`)),
      ),
      tls: frozenList(
        optionalList(spec, 'tls', 'spec').map((entry, index) => readTls(entry, `spec.tls[${index}]`)),
      ),
    })
  })
}

function readRule(value: unknown, path: string): IngressRule {
  const rule = fieldsOf(value, path)
  const http = optionalFields(own(rule, 'http'), `${path}.http`)
  return Object.freeze({
    host: optionalText(rule, 'host', path),
    paths: frozenList(
      optionalList(http, 'paths', `${path}.http`).map((one, index) =>
        readPath(one, `${path}.http.paths[${index}]`),
      ),
    ),
  })
}

const pathTypes = ['Exact', 'Prefix', 'ImplementationSpecific'] as const

function readPath(value: unknown, path: string): IngressPath {
  const one = fieldsOf(value, path)
  const backend = readOptionalBackend(own(one, 'backend'), `${path}.backend`)
  if (backend === undefined) throw new FormError(`"${path}.backend" is missing`)
  return Object.freeze({
    path: optionalText(one, 'path', path),
    pathType: oneOf(own(one, 'pathType'), pathTypes, `${path}.pathType`),
    backend,
  })
}

function readOptionalBackend(value: unknown, path: string): IngressBackend | undefined {
  if (value === undefined || value === null) return undefined
  const backend = fieldsOf(value, path)
  if (own(backend, 'service') !== undefined) {
    const service = fieldsOf(own(backend, 'service'), `${path}.service`)
    const port = readPort(service, `${path}.service`)
    return Object.freeze({ kind: 'service', name: text(service, 'name', `${path}.service`), port })
  }
  const resource = fieldsOf(own(backend, 'resource'), `${path}.resource`)
  return Object.freeze({
    kind: 'resource',
    apiGroup: optionalText(resource, 'apiGroup', `${path}.resource`),
    resource: text(resource, 'kind', `${path}.resource`),
    name: text(resource, 'name', `${path}.resource`),
  })
}

function readPort(service: Fields, path: string): ServicePortRef {
  const port = fieldsOf(own(service, 'port'), `${path}.port`)
  const name = optionalText(port, 'name', `${path}.port`)
  // The API gives either; a number of 0 beside a name is how older clients leave it out.
  if (name !== '') return name
  const number = optionalPort(port, 'number', `${path}.port`)
  if (number === undefined) throw new FormError(`"${path}.port" has neither name nor number`)
  return number
}

function readTls(value: unknown, path: string): IngressTls {
  const entry = fieldsOf(value, path)
  return Object.freeze({
    hosts: optionalTexts(entry, 'hosts', path),
    secretName: optionalText(entry, 'secretName', path),
  })
}
