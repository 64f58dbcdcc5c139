import type { ServiceObject, ServicePort } from '../../../translate/kubernetes/objects.ts'
import {
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
} from './json.ts'
import { readMeta } from './meta.ts'
import { readStatusAddresses } from './status-address.ts'

const types = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const
/** Of a port of a Service or an EndpointSlice. */
export const transportProtocols = ['TCP', 'UDP', 'SCTP'] as const

/** v1 Service. */
export function readService(json: unknown): Reading<ServiceObject> {
  return reading(() => {
    const object = fieldsOf(json, 'object')
    const spec = optionalFields(own(object, 'spec'), 'spec')
    const type = oneOf(own(spec, 'type') ?? 'ClusterIP', types, 'spec.type')
    const family = optionalTexts(spec, 'ipFamilies', 'spec')[0]
    return Object.freeze({
      meta: readMeta(object),
      type,
      externalName: type === 'ExternalName' ? optionalText(spec, 'externalName', 'spec') : '',
      clusterIps: frozenList(
        optionalTexts(spec, 'clusterIPs', 'spec').filter((ip) => ip !== 'None' && ip !== ''),
      ),
      ipFamily: family === 'IPv4' || family === 'IPv6' ? family : undefined,
      ports: frozenList(
        optionalList(spec, 'ports', 'spec').map((port, index) => readPort(port, `spec.ports[${index}]`)),
      ),
      addresses: readStatusAddresses(object),
      externalIps: optionalTexts(spec, 'externalIPs', 'spec'),
    })
  })
}

function readPort(value: unknown, path: string): ServicePort {
  const fields = fieldsOf(value, path)
  const port = optionalPort(fields, 'port', path)
  if (port === undefined) throw new FormError(`"${path}.port" is missing`)
  return Object.freeze({
    name: optionalText(fields, 'name', path),
    port,
    protocol: oneOf(own(fields, 'protocol') ?? 'TCP', transportProtocols, `${path}.protocol`),
    appProtocol: optionalText(fields, 'appProtocol', path),
  })
}
