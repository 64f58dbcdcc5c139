import { certificatesOf } from '../model/material-ids.ts'
import type { Model } from '../model/model.ts'
import { printProblem } from '../model/problem.ts'
import { checkClusterOptions, clusterOptions, clusterTarget, withCluster } from './cluster-options.ts'
import { type Arguments, type Command, exitCodes, type Terminal, UsageError } from './command.ts'

export const checkCommand: Command = {
  name: 'check',
  summary: 'find every mistake in configuration files, without running anything',
  usage: 'check FILE|DIR… | check --kubernetes [options]',
  options: {
    kubernetes: {
      short: undefined,
      value: undefined,
      text: 'find every mistake in the Ingresses of a cluster, and in what they name',
      choices: [],
    },
    config: { short: 'c', value: 'FILE', text: 'with --kubernetes: settings of the gateway', choices: [] },
    ...clusterOptions,
  },
  examples: [
    { line: 'tidegate check gateway.yaml', shows: 'every problem as FILE:LINE:COLUMN: message; remedy' },
    { line: 'tidegate check conf.d/', shows: 'all files of a folder, taken as one configuration' },
    {
      line: 'tidegate check --kubernetes',
      shows: 'what is wrong with the Ingresses of a cluster, whether or not a gateway runs there',
    },
    {
      line: 'tidegate check gateway.yaml && systemctl reload tidegate',
      shows: 'exit code 1 when there is an error, so that the reload does not happen',
    },
  ],
  async run(args, terminal) {
    const paths = args.positionals
    const isCluster = args.values.has('kubernetes')
    checkClusterOptions(args, isCluster)
    if (isCluster) return checkCluster(args, terminal)
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
    terminal.out(`ok: ${countsText(model)}\n`)
    return exitCodes.ok
  },
}

async function checkCluster(args: Arguments, terminal: Terminal): Promise<number> {
  if (args.positionals.length > 0)
    throw new UsageError('check --kubernetes takes no files', 'name the settings with --config FILE')
  const { loadCluster } = await import('../app/load-cluster.ts')
  const loaded = await withCluster(terminal, () => loadCluster(clusterTarget(args)))
  if (loaded === undefined) return exitCodes.failed
  const { cluster, problems } = loaded
  for (const sentence of cluster?.unread ?? []) terminal.err(`${sentence}\n`)
  const all = [...problems, ...(cluster?.problems ?? [])]
  for (const problem of all) terminal.out(`${printProblem(problem)}\n`)
  const errors = all.filter(({ severity }) => severity === 'error')
  if (cluster === undefined || errors.length > 0) {
    terminal.err(`${count(errors, 'error')}\n`)
    return exitCodes.failed
  }
  terminal.out(`ok: ${countsText(cluster.model)} in ${cluster.server}\n`)
  return exitCodes.ok
}

function countsText(model: Model): string {
  const { listeners, routes, clusters } = model
  const counts = [count(listeners, 'listener'), count(routes, 'route'), count(clusters, 'cluster')]
  const certificates = new Set(certificatesOf(model).map(({ fingerprint }) => fingerprint))
  if (certificates.size > 0) counts.push(count([...certificates], 'certificate'))
  return counts.join(', ')
}

function count(things: readonly unknown[], noun: string): string {
  return `${things.length} ${noun}${things.length === 1 ? '' : 's'}`
}
