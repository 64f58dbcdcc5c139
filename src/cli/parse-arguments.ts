import { parseArgs } from 'node:util'
import { type Arguments, type Command, type Option, UsageError } from './command.ts'
import { suggest } from './suggest.ts'

/** Options that every command takes. */
export const commonOptions: Readonly<Record<string, Option>> = {
  help: { short: 'h', value: undefined, text: 'show this help', choices: [] },
}

/**
 * Reads what was typed after a command's name.
 *
 * @throws {UsageError} for an unknown option (with the nearest known one), a missing value, or one that is not among the choices.
 */
export function parseArguments(command: Command, words: readonly string[]): Arguments {
  const options = { ...command.options, ...commonOptions }
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(options).map(([name, option]) => [name, parserOption(option)]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const option = options[token.name]
    if (option === undefined) throw unknownOption(token.rawName, command, Object.keys(options))
    const value = checkedValue(token, option)
    const earlier = values.get(token.name)
    if (earlier === undefined) values.set(token.name, [value])
    else earlier.push(value)
  }
  return { positionals, values }
}

function parserOption(option: Option) {
  const type: 'string' | 'boolean' = option.value === undefined ? 'boolean' : 'string'
  return option.short === undefined ? { type, multiple: true } : { type, multiple: true, short: option.short }
}

function checkedValue(token: OptionToken, option: Option): string {
  if (option.value === undefined) {
    if (token.value === undefined) return ''
    throw new UsageError(
      `${token.rawName} takes no value, and got "${token.value}"`,
      `write ${token.rawName}`,
    )
  }
  // `--config --workers 2`: the parser would take `--workers` for the file.
  const swallowed = token.inlineValue === false && token.value?.startsWith('--') === true
  if (token.value === undefined || swallowed) {
    throw new UsageError(`${token.rawName} needs a value`, `write ${token.rawName} ${option.value}`)
  }
  if (option.choices.length > 0 && !option.choices.includes(token.value)) {
    const near = suggest(token.value, option.choices)
    const hint = near === undefined ? `write one of ${option.choices.join(', ')}` : `did you mean "${near}"`
    throw new UsageError(`${token.rawName} cannot be "${token.value}"`, hint)
  }
  return token.value
}

interface OptionToken {
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

function unknownOption(rawName: string, command: Command, known: readonly string[]): UsageError {
  const near = suggest(rawName.replace(/^-+/, ''), known)
  const hint = near === undefined ? `see tidegate ${command.name} --help` : `did you mean --${near}`
  return new UsageError(`tidegate ${command.name} has no option ${rawName}`, hint)
}
