import type { ObjectMeta } from '../../../translate/kubernetes/objects.ts'
import { readAnnotations } from './annotations.ts'
import { type Fields, FormError, fieldsOf, optionalText, own, text } from './json.ts'

/** What names an object and a version of it: as much as can be said of one that is not of its form otherwise. */
export interface ObjectIdentity {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
}

/** Whose object it is and which version; `undefined` when not even that can be read. */
export function readIdentity(object: unknown): ObjectIdentity | undefined {
  const metadata = ownFields(ownFields(object)?.['metadata'])
  if (metadata === undefined) return undefined
  const name = own(metadata, 'name')
  const namespace = own(metadata, 'namespace') ?? ''
  const resourceVersion = own(metadata, 'resourceVersion') ?? ''
  if (typeof name !== 'string' || name === '') return undefined
  if (typeof namespace !== 'string' || typeof resourceVersion !== 'string') return undefined
  return { namespace, name, resourceVersion }
}

/** `metadata` of an object, frozen. */
export function readMeta(object: Fields): ObjectMeta {
  const metadata = fieldsOf(own(object, 'metadata'), 'metadata')
  return Object.freeze({
    uid: optionalText(metadata, 'uid', 'metadata'),
    namespace: optionalText(metadata, 'namespace', 'metadata'),
    name: text(metadata, 'name', 'metadata'),
    resourceVersion: optionalText(metadata, 'resourceVersion', 'metadata'),
    created: readTime(optionalText(metadata, 'creationTimestamp', 'metadata')),
    annotations: readAnnotations(own(metadata, 'annotations')),
  })
}

/** Who is the oldest decides who owns a host, so a time that is none is not taken for the oldest of all. */
function readTime(written: string): number {
  const time = Date.parse(written)
  if (Number.isNaN(time)) throw new FormError('"metadata.creationTimestamp" is not a time')
  return time
}

function ownFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
