import { type Command, exitCodes, type Terminal, UsageError } from './command.ts'
import { commandHelp, overview } from './help.ts'
import { parseArguments } from './parse-arguments.ts'
import { suggest } from './suggest.ts'

/**
 * Runs the command that `words` names and gives the exit code: 2 when the line cannot be understood.
 *
 * @param words what was typed after `tidegate`.
 */
export async function runProgram(
  words: readonly string[],
  commands: readonly Command[],
  terminal: Terminal,
): Promise<number> {
  const [first, ...rest] = words
  try {
    if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
      return help(rest[0], commands, terminal)
    }
    const name = first === '--version' || first === '-v' ? 'version' : first
    const command = findCommand(name, commands)
    const args = parseArguments(command, rest)
    if (args.values.has('help')) {
      terminal.out(commandHelp(command))
      return exitCodes.ok
    }
    return await command.run(args, terminal)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    terminal.err(`tidegate: ${error.message}; ${error.hint}\n`)
    return exitCodes.usage
  }
}

function help(topic: string | undefined, commands: readonly Command[], terminal: Terminal): number {
  terminal.out(topic === undefined ? overview(commands) : commandHelp(findCommand(topic, commands)))
  return exitCodes.ok
}

function findCommand(name: string, commands: readonly Command[]): Command {
  const command = commands.find((command) => command.name === name)
  if (command !== undefined) return command
  const near = suggest(
    name,
    commands.map((command) => command.name),
  )
  const hint = near === undefined ? 'see tidegate help' : `did you mean "${near}"`
  throw new UsageError(`there is no command "${name}"`, hint)
}
