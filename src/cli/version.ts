import { versionFacts } from '../app/version.ts'
import { type Command, exitCodes } from './command.ts'

export const versionCommand: Command = {
  name: 'version',
  summary: 'print the versions of Tidegate and of the Node it runs on',
  usage: 'version [--json]',
  options: { json: { short: undefined, value: undefined, text: 'print JSON', choices: [] } },
  examples: [
    {
      line: 'tidegate version',
      shows: 'Tidegate, Node, platform; a second line when Node lacks security fixes',
    },
    { line: 'tidegate version --json', shows: 'the same for scripts' },
  ],
  run(args, terminal) {
    const facts = versionFacts()
    if (args.values.has('json')) {
      terminal.out(`${JSON.stringify(facts)}\n`)
    } else {
      terminal.out(`tidegate ${facts.version} (Node ${facts.node}, ${facts.platform})\n`)
      if (facts.warning !== null) terminal.err(`warning: ${facts.warning}\n`)
    }
    return Promise.resolve(exitCodes.ok)
  },
}
