import type { ClusterTarget } from '../app/load-cluster.ts'
import { type Arguments, type Option, type Terminal, UsageError, valueOf } from './command.ts'

/** Which cluster a command asks. */
export const clusterOptions: Readonly<Record<'kubeconfig' | 'context', Option>> = {
  kubeconfig: {
    short: undefined,
    value: 'FILE',
    text: 'with --kubernetes: the kubeconfig ($KUBECONFIG, else ~/.kube/config)',
    choices: [],
  },
  context: {
    short: undefined,
    value: 'NAME',
    text: 'with --kubernetes: a context of the kubeconfig (the current one)',
    choices: [],
  },
}

/** @throws {UsageError} when they stand without what they belong to. */
export function checkClusterOptions(args: Arguments, isCluster: boolean): void {
  if (isCluster) return
  for (const name of Object.keys(clusterOptions)) {
    if (args.values.has(name)) throw new UsageError(`--${name} belongs to --kubernetes`, 'add --kubernetes')
  }
}

/** The cluster that was asked for. */
export function clusterTarget(args: Arguments): ClusterTarget {
  return {
    config: valueOf(args, 'config'),
    kubeconfig: valueOf(args, 'kubeconfig'),
    context: valueOf(args, 'context'),
  }
}

/** Runs what asks a cluster; says why it could not be asked, and gives nothing then. */
export async function withCluster<T>(terminal: Terminal, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    terminal.err(`the cluster cannot be read: ${error instanceof Error ? error.message : String(error)}\n`)
    return undefined
  }
}
