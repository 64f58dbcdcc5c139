/**
 * A value nobody may read by accident: printed, logged, put into JSON or a template string it says `[secret]`.
 *
 * It never enters the model: the model holds a {@link SecretReference}, and whoever needs the value resolves it.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself; for the one place that compares or sends it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return printedSecret
  }

  toJSON(): string {
    return printedSecret
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return printedSecret
  }
}

/** What is shown in a secret's place. */
export const printedSecret = '[secret]'

/** Where a secret is kept: `${ADMIN_TOKEN}` in the environment, or `file:/run/secrets/token`. */
export type SecretReference =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

/** How secrets are looked up; `undefined` when there is none. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The text of a file; `undefined` when it cannot be read. */
  readSecret(path: string): string | undefined
}

/** Looks a secret up; white space around it (a file's last line end) is dropped. `undefined` when it is not there or empty. */
export function resolveSecret(reference: SecretReference, sources: SecretSources): Secret | undefined {
  const value = reference.kind === 'env' ? sources.env[reference.name] : sources.readSecret(reference.path)
  const trimmed = value?.trim() ?? ''
  return trimmed === '' ? undefined : new Secret(trimmed)
}
