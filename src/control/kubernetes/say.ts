import { ApiError } from '../../sources/kubernetes/api.ts'

/** Writes a line of the log. */
export type Say = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, string | number | boolean>>,
) => void

/** An error in one line. */
export function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** HTTP status of a refusal by the API server; 0 when there was no answer, or when the error is none of it. */
export function statusOf(error: unknown): number {
  return error instanceof ApiError ? error.status : 0
}

/** Says a thing once, until things go well again or it is another thing. */
export class SaidOnce {
  readonly #said = new Set<string>()

  /** Whether this is the first time. */
  first(text: string): boolean {
    if (this.#said.has(text)) return false
    this.#said.add(text)
    return true
  }

  /** Things go well: the next failure is news. */
  forget(): void {
    this.#said.clear()
  }
}
