import type { IngressCompat } from '../../../../../src/model/kubernetes-settings.ts'
import type { AnnotationsRead } from '../../../../../src/translate/kubernetes/annotations/annotations-read.ts'
import { readAnnotations } from '../../../../../src/translate/kubernetes/annotations/read-annotations.ts'

interface Surroundings {
  readonly compat?: IngressCompat
  readonly defaults?: Readonly<Record<string, string>>
  readonly optIn?: readonly string[]
}

const noDefaults: ReadonlyMap<string, string> = new Map()

/** Annotations of an Ingress in namespace `shop`, by full name, or by `t:` and `n:` for the two prefixes. */
export function readingOf(
  annotations: Readonly<Record<string, string>>,
  { compat = 'off', defaults, optIn = [] }: Surroundings = {},
): AnnotationsRead {
  return readAnnotations({
    annotations: full(annotations),
    defaults: defaults === undefined ? noDefaults : full(defaults),
    compat,
    optIn: new Set(optIn),
    listeners: new Set(['web', 'internal']),
    namespace: 'shop',
  })
}

/** `t:timeouts.total` is `tidegate.dev/timeouts.total`, `n:canary` of ingress-nginx. */
export function full(annotations: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(annotations).map(([name, text]) => [
      name.replace(/^t:/, 'tidegate.dev/').replace(/^n:/, 'nginx.ingress.kubernetes.io/'),
      text,
    ]),
  )
}

/** Problems in one line each: `AnnotationInvalid tidegate.dev/x: message; remedy`. */
export function told({ problems }: AnnotationsRead): readonly string[] {
  return problems.map(
    ({ reason, annotation, message, remedy }) => `${reason} ${annotation}: ${message}; ${remedy}`,
  )
}

/** Reasons and names of the problems, the prefixes shortened as above. */
export function reasonsOf({ problems }: AnnotationsRead): readonly string[] {
  return problems.map(
    ({ reason, annotation }) =>
      `${reason} ${annotation.replace('tidegate.dev/', 't:').replace('nginx.ingress.kubernetes.io/', 'n:')}`,
  )
}

/** A part of what was read, by its path: `route.timeouts.total`. */
export function partOf(read: AnnotationsRead, path: string): unknown {
  let part: unknown = read
  for (const step of path.split('.')) part = (part as Readonly<Record<string, unknown>>)[step]
  return part
}
