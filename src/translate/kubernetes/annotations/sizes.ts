import { isTooLong } from '../../../model/too-long.ts'
import { isProtecting } from './native-facts.ts'
import { nginxFacts } from './nginx/table.ts'
import { nginxPrefix, ourPrefix } from './prefixes.ts'
import type { Findings } from './problems.ts'

/** Longest value of one annotation, in bytes; texts of nginx, which are never obeyed, may be longer. */
export const longestValue = 1024

/** Longest values of all annotations of an object together, in bytes. */
export const longestTogether = 65_536

/**
 * The annotations that are short enough to be read; others, those among them that a source has cut, are told, and close their routes
 * when they protect. Nobody knows whether a text of nginx does that was not looked through.
 */
export function withinSizes(
  annotations: ReadonlyMap<string, string>,
  findings: Findings,
): ReadonlyMap<string, string> {
  const kept = new Map<string, string>()
  let total = 0
  let cut = 0
  for (const [name, text] of annotations) {
    if (!name.startsWith(ourPrefix) && !name.startsWith(nginxPrefix)) continue
    const bytes = Buffer.byteLength(text)
    total += bytes
    if (total > longestTogether) {
      cut += 1
      if (cut === 1) tellTotal(name, findings)
      close(name, findings)
    } else if (isTooLong(text) || (bytes > longestValue && !name.endsWith('-snippet'))) {
      const message = `${name} is longer than the ${longestValue} bytes that are allowed`
      findings.refuse(name, 'AnnotationInvalid', {
        message,
        remedy: 'write less, or divide it into single annotations',
      })
      close(name, findings)
    } else kept.set(name, text)
  }
  return kept
}

function tellTotal(name: string, findings: Findings): void {
  findings.refuse(name, 'AnnotationInvalid', {
    message: `values of annotations are longer than ${longestTogether} bytes together: "${name}" and those behind it are not read`,
    remedy: 'write less',
  })
}

function close(name: string, findings: Findings): void {
  const isOurs = name.startsWith(ourPrefix)
  const protects = isOurs
    ? isProtecting(name.slice(ourPrefix.length))
    : nginxFacts.get(name.slice(nginxPrefix.length))?.protects === true || name.endsWith('-snippet')
  if (protects) findings.block(name, 'is too long to be read')
}
