import { certificatesOf } from '../model/material-ids.ts'
import { printProblem } from '../model/problem.ts'
import { type Command, exitCodes, UsageError } from './command.ts'

export const checkCommand: Command = {
  name: 'check',
  summary: 'find every mistake in configuration files, without running anything',
  usage: 'check FILE|DIR…',
  options: {},
  examples: [
    { line: 'tidegate check gateway.yaml', shows: 'every problem as FILE:LINE:COLUMN: message; remedy' },
    { line: 'tidegate check conf.d/', shows: 'all files of a folder, taken as one configuration' },
    {
      line: 'tidegate check gateway.yaml && systemctl reload tidegate',
      shows: 'exit code 1 when there is an error, so that the reload does not happen',
    },
  ],
  async run(args, terminal) {
    const paths = args.positionals
    if (paths.length === 0) {
      throw new UsageError('check needs a file or a folder', 'write tidegate check gateway.yaml')
    }
    const { loadOnce } = await import('../app/load-once.ts')
    const { model, problems } = loadOnce(paths)
    for (const problem of problems) terminal.out(`${printProblem(problem)}\n`)
    if (model === undefined) {
      const errors = problems.filter(({ severity }) => severity === 'error')
      terminal.err(`${count(errors, 'error')}\n`)
      return exitCodes.failed
    }
    const { listeners, routes, clusters } = model
    const counts = [count(listeners, 'listener'), count(routes, 'route'), count(clusters, 'cluster')]
    const certificates = new Set(certificatesOf(model).map(({ fingerprint }) => fingerprint))
    if (certificates.size > 0) counts.push(count([...certificates], 'certificate'))
    terminal.out(`ok: ${counts.join(', ')}\n`)
    return exitCodes.ok
  },
}

function count(things: readonly unknown[], noun: string): string {
  return `${things.length} ${noun}${things.length === 1 ? '' : 's'}`
}
