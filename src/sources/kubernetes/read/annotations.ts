import { isTooLong, markTooLong } from '../../../model/too-long.ts'
import { textEntries } from './json.ts'

/**
 * Annotations that anybody here reads. Everything else is dropped as it comes in: `kubectl.kubernetes.io/last-applied-configuration`
 * alone is often larger than the object.
 */
const prefixes = [
  'tidegate.dev/',
  'nginx.ingress.kubernetes.io/',
  'kubernetes.io/ingress.class',
  'ingressclass.kubernetes.io/',
  'nginx.org/',
  'cert-manager.io/',
]

/** Of one value, in UTF-16 units: `hardening.md` §5.3 has 1 KiB. */
const longestValue = 1024
/** Of all names and values of an object together: 64 KiB. */
const mostTogether = 64 * 1024

/** The annotations that we read, cut down. All objects without any share one empty map. */
export function readAnnotations(value: unknown): ReadonlyMap<string, string> {
  const kept = textEntries(value, 'metadata.annotations').filter(([name]) =>
    prefixes.some((prefix) => name.startsWith(prefix)),
  )
  if (kept.length === 0) return noAnnotations
  const annotations = new Map<string, string>()
  let size = 0
  for (const [name, given] of kept) {
    size += name.length + given.length
    const isKept = given.length <= longestValue && size <= mostTogether
    // Names over 317 characters do not exist in the API; of more than a page of names none is of use.
    if (annotations.size >= mostNames) break
    annotations.set(name, isKept && !isTooLong(given) ? given : markTooLong(given))
  }
  return annotations
}

/** Far more than there are annotations that mean something; a tenant who writes more does not see the rest obeyed. */
const mostNames = 500
const noAnnotations: ReadonlyMap<string, string> = new Map()
