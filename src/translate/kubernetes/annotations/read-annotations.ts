import type { AnnotationsInput, AnnotationsRead } from './annotations-read.ts'
import { readLayers } from './layers.ts'
import { nginxPrefix, otherNginxPrefix, ourPrefix } from './prefixes.ts'

/** What was read, with all that it depends on besides the two maps. */
interface Remembered {
  readonly input: AnnotationsInput
  readonly read: AnnotationsRead
}

/** By the defaults of the class, then by the annotations of the object. */
const memory = new WeakMap<ReadonlyMap<string, string>, WeakMap<ReadonlyMap<string, string>, Remembered>>()

/** Stands for the annotations of all objects that have none of those read here. */
const none: ReadonlyMap<string, string> = new Map()

/**
 * Reads the annotations of an Ingress over the defaults of its class. Everything is read to typed, checked and frozen data; what is
 * wrong is left out and told. Asked again with the same maps it gives the same object, and Ingresses that say the same share parts.
 *
 * A wrong value never opens what its annotation was to close: see `blocked`.
 */
export function readAnnotations(input: AnnotationsInput): AnnotationsRead {
  const { defaults } = input
  const annotations = hasAny(input.annotations) ? input.annotations : none
  const ofClass = memory.get(defaults) ?? new WeakMap<ReadonlyMap<string, string>, Remembered>()
  memory.set(defaults, ofClass)
  const known = ofClass.get(annotations)
  if (known !== undefined && isSame(known.input, input)) return known.read
  const read = readLayers({ ...input, annotations })
  ofClass.set(annotations, { input, read })
  return read
}

function hasAny(annotations: ReadonlyMap<string, string>): boolean {
  for (const name of annotations.keys()) {
    if (name.startsWith(ourPrefix) || name.startsWith(nginxPrefix) || name.startsWith(otherNginxPrefix))
      return true
  }
  return false
}

function isSame(a: AnnotationsInput, b: AnnotationsInput): boolean {
  return (
    a.compat === b.compat &&
    a.namespace === b.namespace &&
    a.limitStatuses?.requests === b.limitStatuses?.requests &&
    a.limitStatuses?.connections === b.limitStatuses?.connections &&
    holdsSame(a.optIn, b.optIn) &&
    holdsSame(a.listeners, b.listeners)
  )
}

function holdsSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a === b || (a.size === b.size && [...a].every((one) => b.has(one)))
}
