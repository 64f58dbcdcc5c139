import type { ClassParameters, IngressClassObject } from '../../../translate/kubernetes/objects.ts'
import { fieldsOf, optionalFields, optionalText, own, type Reading, reading, text } from './json.ts'
import { readMeta } from './meta.ts'

/** networking.k8s.io/v1 IngressClass. */
export function readIngressClass(json: unknown): Reading<IngressClassObject> {
  return reading(() => {
    const object = fieldsOf(json, 'object')
    const spec = optionalFields(own(object, 'spec'), 'spec')
    const meta = readMeta(object)
    return Object.freeze({
      meta,
      controller: optionalText(spec, 'controller', 'spec'),
      isDefault: meta.annotations.get('ingressclass.kubernetes.io/is-default-class') === 'true',
      parameters: readParameters(own(spec, 'parameters')),
    })
  })
}

function readParameters(value: unknown): ClassParameters | undefined {
  if (value === undefined || value === null) return undefined
  const path = 'spec.parameters'
  const parameters = fieldsOf(value, path)
  return Object.freeze({
    apiGroup: optionalText(parameters, 'apiGroup', path),
    kind: text(parameters, 'kind', path),
    name: text(parameters, 'name', path),
    namespace: optionalText(parameters, 'namespace', path),
  })
}
