import { environment } from './app/environment.ts'
import { environmentRefusal } from './app/node-version.ts'
import { exitCodes, type Terminal } from './cli/command.ts'
import { commands } from './cli/commands.ts'
import { runProgram } from './cli/program.ts'

/**
 * Runs the program and gives its exit code.
 *
 * @param words what was typed after `tidegate`.
 */
export async function main(words: readonly string[]): Promise<number> {
  const refusal = environmentRefusal(environment(), process.execArgv)
  if (refusal !== undefined) {
    processTerminal.err(`tidegate: ${refusal}\n`)
    return exitCodes.failed
  }
  return runProgram(words, commands, processTerminal)
}

const processTerminal: Terminal = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isInteractive: process.stdout.isTTY,
}

if (import.meta.main) {
  // A reader that closes its end (`| head`) is no mistake of ours.
  process.stdout.on('error', () => {})
  process.exitCode = await main(process.argv.slice(2))
  // What was printed may still be on its way; anything else that holds the process up does so by mistake.
  setTimeout(() => process.exit(), 2_000).unref()
}
