import type { Problem } from '../model/problem.ts'

/** A problem as compilers print them, which editors can jump to: `gateway.yaml:12:5: message; remedy`. */
export function problemText({ severity, origin, message, remedy }: Problem): string {
  const { file, line, column } = origin
  const place = line === 0 ? file : `${file}:${line}:${column}`
  return `${place}: ${severity === 'warning' ? 'warning: ' : ''}${message}; ${remedy}`
}
