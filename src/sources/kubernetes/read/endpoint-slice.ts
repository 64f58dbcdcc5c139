import type { EndpointSliceObject, SliceEndpoint, SlicePort } from '../../../translate/kubernetes/objects.ts'
import {
  fieldsOf,
  frozenList,
  oneOf,
  optionalFields,
  optionalFlag,
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
import { transportProtocols } from './service.ts'

const addressTypes = ['IPv4', 'IPv6', 'FQDN'] as const

/** discovery.k8s.io/v1 EndpointSlice. One without the label of a Service is kept under `""`: the label may come. */
export function readEndpointSlice(json: unknown): Reading<EndpointSliceObject> {
  return reading(() => {
    const object = fieldsOf(json, 'object')
    const labels = optionalFields(
      own(fieldsOf(own(object, 'metadata'), 'metadata'), 'labels'),
      'metadata.labels',
    )
    return Object.freeze({
      meta: readMeta(object),
      service: optionalText(labels, 'kubernetes.io/service-name', 'metadata.labels'),
      addressType: oneOf(own(object, 'addressType'), addressTypes, 'addressType'),
      ports: frozenList(
        optionalList(object, 'ports', '').map((port, index) => readPort(port, `ports[${index}]`)),
      ),
      endpoints: frozenList(
        optionalList(object, 'endpoints', '').map((one, index) => readEndpoint(one, `endpoints[${index}]`)),
      ),
    })
  })
}

function readPort(value: unknown, path: string): SlicePort {
  const fields = fieldsOf(value, path)
  return Object.freeze({
    name: optionalText(fields, 'name', path),
    port: optionalPort(fields, 'port', path),
    protocol: oneOf(own(fields, 'protocol') ?? 'TCP', transportProtocols, `${path}.protocol`),
    appProtocol: optionalText(fields, 'appProtocol', path),
  })
}

/** discovery/v1: what is not given for `ready` means ready, for `serving` as `ready`, for `terminating` no. */
function readEndpoint(value: unknown, path: string): SliceEndpoint {
  const fields = fieldsOf(value, path)
  const conditions = optionalFields(own(fields, 'conditions'), `${path}.conditions`)
  const hints = optionalFields(own(fields, 'hints'), `${path}.hints`)
  const isReady = optionalFlag(conditions, 'ready', `${path}.conditions`) ?? true
  return Object.freeze({
    addresses: optionalTexts(fields, 'addresses', path),
    isReady,
    isServing: optionalFlag(conditions, 'serving', `${path}.conditions`) ?? isReady,
    isTerminating: optionalFlag(conditions, 'terminating', `${path}.conditions`) ?? false,
    zones: frozenList(
      optionalList(hints, 'forZones', `${path}.hints`).map((zone, index) =>
        text(fieldsOf(zone, `${path}.hints.forZones[${index}]`), 'name', `${path}.hints.forZones[${index}]`),
      ),
    ),
  })
}
