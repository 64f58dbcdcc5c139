import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { testFolder } from '../folder.ts'
import { root } from '../source-files.ts'
import type { ClusterStage } from './cluster-stage.ts'

/** How a command ended. */
export interface CommandResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `tidegate … --kubernetes` as from a laptop: with a kubeconfig, the settings of the stage, and no gateway. */
export async function runForCluster(stage: ClusterStage, args: readonly string[]): Promise<CommandResult> {
  using folder = testFolder()
  const config = {
    listeners: [{ name: 'web', address: ':80' }],
    kubernetes: { controller: stage.controller, class: stage.className, namespaces: stage.namespaces },
  }
  folder.write('gateway.yaml', stringify(config))
  const where = ['--kubernetes', '--kubeconfig', stage.access.kubeconfig]
  const settings = ['--config', join(folder.path, 'gateway.yaml')]
  const child = spawn(process.execPath, ['src/main.ts', ...args, ...where, ...settings], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => {
    stdout += String(text)
  })
  child.stderr.on('data', (text) => {
    stderr += String(text)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stdout, stderr }
}
