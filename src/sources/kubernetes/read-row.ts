import { quoted } from '../../std/quoted.ts'
import type { StatusAddress } from '../../translate/kubernetes/objects.ts'
import type { ObjectIdentity } from './read/meta.ts'
import { isSame } from './read/same.ts'
import type { Resource } from './resource.ts'
import type { Standing } from './standing.ts'
import { keyOf, type Row } from './table.ts'

const noStatus: readonly StatusAddress[] = Object.freeze([])

export interface RowSurroundings<T> {
  readonly identity: ObjectIdentity
  /** What is known of the object. */
  readonly known: Row<T> | undefined
  /** Told of an object that is not of its form, and when it is again. */
  readonly standing: Standing
}

/**
 * An object cut down; with the one that is known when nothing changed that we read. What is known stays too when the new one is not of
 * its form: the last good state serves. `undefined` for what counts as not there.
 */
export function readRow<T>(
  resource: Resource<T>,
  json: unknown,
  { identity, known, standing }: RowSurroundings<T>,
): Row<T> | undefined {
  const key = keyOf(identity.namespace, identity.name)
  const cut = resource.read(json)
  if (cut.kind === 'refused') {
    const remains = known === undefined ? 'is left out' : 'stays as it was'
    standing.odd(key, `${resource.name}: ${quoted(key)} ${remains}: ${cut.why}`)
    return known
  }
  standing.mended(key)
  if (cut.object === undefined) return undefined
  const status = resource.readStatus?.(json) ?? noStatus
  const isKnown = known !== undefined && isSame(known.object, cut.object)
  return { object: isKnown ? known.object : cut.object, version: identity.resourceVersion, status }
}
