/** What a command of the program is: one file each, listed in `commands.ts`. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What follows `tidegate` on the usage line: `run --config FILE|DIR [options]`. */
  readonly usage: string
  /** By long name, without the dashes. */
  readonly options: Readonly<Record<string, Option>>
  readonly examples: readonly Example[]
  /** Gives the exit code. */
  readonly run: (args: Arguments, terminal: Terminal) => Promise<number>
}

export interface Option {
  readonly short: string | undefined
  /** What its value is called in the help (`FILE`); `undefined` for a switch. */
  readonly value: string | undefined
  readonly text: string
  /** The values that can be given, for completion and for a better message; empty means any. */
  readonly choices: readonly string[]
}

export interface Example {
  readonly line: string
  readonly shows: string
}

/** What was typed after the command's name. */
export interface Arguments {
  readonly positionals: readonly string[]
  /** Values of each option in the order given; a switch that was given has one `""`. */
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** Where a command writes. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Whether a person reads what `out` writes. */
  readonly isInteractive: boolean
}

/** Exit codes of every command; `explain` adds `notRouted`. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, notRouted: 3 } as const

/** A command line that cannot be understood: its message and the hint go to the error output, with exit code 2. */
export class UsageError extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.name = 'UsageError'
    this.hint = hint
  }
}

/** The last value given for an option: later ones win, as everywhere on a command line. */
export function valueOf(args: Arguments, option: string): string | undefined {
  return args.values.get(option)?.at(-1)
}

/** @throws {UsageError} when the option was not given. */
export function requiredValue(args: Arguments, option: string, command: Command): string {
  const value = valueOf(args, option)
  if (value !== undefined && value !== '') return value
  const name = command.options[option]?.value ?? 'VALUE'
  throw new UsageError(`--${option} ${name} is missing`, `usage: tidegate ${command.usage}`)
}
