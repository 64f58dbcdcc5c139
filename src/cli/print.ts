import { problemText } from '../app/problem-text.ts'
import { hideRouteSecrets } from '../model/hide-secrets.ts'
import { type Command, exitCodes, requiredValue } from './command.ts'

export const printCommand: Command = {
  name: 'print',
  summary: 'print the model that a configuration becomes, with every default filled in',
  usage: 'print --config FILE|DIR',
  options: {
    config: { short: 'c', value: 'FILE', text: 'the configuration: a file or a folder', choices: [] },
  },
  examples: [
    { line: 'tidegate print --config gateway.yaml', shows: 'the whole model as JSON, in canonical order' },
    {
      line: "tidegate print --config gateway.yaml | jq '.routes[] | {id, hosts}'",
      shows: 'only what you ask for',
    },
  ],
  async run(args, terminal) {
    const { loadOnce } = await import('../app/load-once.ts')
    const { model, problems } = loadOnce([requiredValue(args, 'config', printCommand)])
    for (const problem of problems) terminal.err(`${problemText(problem)}\n`)
    if (model === undefined) return exitCodes.failed
    const shown = { ...model, routes: model.routes.map(hideRouteSecrets) }
    terminal.out(`${JSON.stringify(shown, undefined, 2)}\n`)
    return exitCodes.ok
  },
}
