import { checkCommand } from './check.ts'
import type { Command } from './command.ts'
import { completionsCommand } from './completions.ts'
import { explainCommand } from './explain.ts'
import { extensionCommand } from './extension.ts'
import { printCommand } from './print.ts'
import { runCommand } from './run.ts'
import { versionCommand } from './version.ts'

/** Every command, in the order in which the help shows them. */
export const commands: readonly Command[] = [
  runCommand,
  checkCommand,
  explainCommand,
  printCommand,
  extensionCommand,
  completionsCommand(() => commands),
  versionCommand,
]
