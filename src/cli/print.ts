import { printModel } from '../model/print.ts'
import { printProblem } from '../model/problem.ts'
import { type Command, exitCodes, requiredValue } from './command.ts'

export const printCommand: Command = {
  name: 'print',
  summary: 'print a configuration as it is understood, with every default filled in',
  usage: 'print --config FILE|DIR [--json]',
  options: {
    config: { short: 'c', value: 'FILE', text: 'the configuration: a file or a folder', choices: [] },
    json: { short: undefined, value: undefined, text: 'print JSON instead of YAML', choices: [] },
  },
  examples: [
    {
      line: 'tidegate print --config gateway.yaml',
      shows: 'listeners, routes and clusters in canonical order; times in milliseconds, sizes in bytes',
    },
    {
      line: "tidegate print --config gateway.yaml --json | jq '.routes[] | {id, hosts}'",
      shows: 'only what you ask for',
    },
  ],
  async run(args, terminal) {
    const { loadOnce } = await import('../app/load-once.ts')
    const { model, problems } = loadOnce([requiredValue(args, 'config', printCommand)])
    for (const problem of problems) terminal.err(`${printProblem(problem)}\n`)
    if (model === undefined) return exitCodes.failed
    terminal.out(printModel(model, args.values.has('json') ? 'json' : 'yaml'))
    return exitCodes.ok
  },
}
