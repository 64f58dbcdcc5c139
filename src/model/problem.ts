import type { Origin } from './origin.ts'

/** Someone else's mistake in configuration: collected, placed, shown to them, never thrown. */
export interface Problem {
  /** `error`: the piece is left out (or the whole file, for a file source). `warning`: it works, and not as one may think. */
  readonly severity: 'error' | 'warning'
  readonly origin: Origin
  /** What is wrong, with the value in quotes; no final stop. */
  readonly message: string
  /** What to write instead: `write "5s"`. */
  readonly remedy: string
}

/** `shop.yaml:12:3`, the file alone when the piece has no line; of an object its field: `Ingress shop/web spec.rules[0].host`. */
export function printPlace({ source, file, line, column, field }: Origin): string {
  if (source === 'kubernetes') return field === '' ? file : `${file} ${field}`
  return line === 0 ? file : `${file}:${line}:${column}`
}

/** A problem as it is printed and logged: `shop.yaml:12:3: cluster "ap" does not exist; did you mean "api"?`. */
export function printProblem({ severity, origin, message, remedy }: Problem): string {
  return `${printPlace(origin)}: ${severity === 'warning' ? 'warning: ' : ''}${message}; ${remedy}`
}
