import type { ClusterLoaded } from '../control/kubernetes/load-once.ts'
import { type FilesLoaded, loadFiles } from '../control/load.ts'
import type { KubernetesSettings } from '../model/kubernetes-settings.ts'
import type { Problem } from '../model/problem.ts'
import { systemClock } from '../std/clock.ts'
import { noSecrets } from '../translate/format/flaw.ts'
import { translateFiles } from '../translate/standalone.ts'
import { environment } from './environment.ts'
import { loadOptions } from './load-options.ts'

/** Which cluster, and how its objects are read. */
export interface ClusterTarget {
  /** Files with the block `kubernetes`; without any, all settings are at their defaults. */
  readonly config: string | undefined
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}

/** What came of it; `cluster` `undefined` when the files are bad. */
export interface TargetLoaded {
  readonly cluster: ClusterLoaded | undefined
  readonly problems: readonly Problem[]
}

/**
 * Reads a cluster from where the command runs, with a kubeconfig and without a running gateway.
 *
 * @throws {Error} when the API server cannot be asked.
 */
export async function loadCluster(target: ClusterTarget): Promise<TargetLoaded> {
  const files = filesOf(target.config)
  if (files.parts === undefined) return { cluster: undefined, problems: files.problems }
  const { settings } = files.parts
  const { kubernetes } =
    settings.kubernetes === undefined ? usualSettings() : { kubernetes: settings.kubernetes }
  const asked: KubernetesSettings = {
    ...kubernetes,
    kubeconfig: target.kubeconfig ?? kubernetes.kubeconfig,
    context: target.context ?? kubernetes.context,
  }
  const parts = { ...files.parts, settings: { ...settings, kubernetes: asked } }
  const { loadKubernetesOnce } = await import('../control/kubernetes/load-once.ts')
  const cluster = await loadKubernetesOnce({ ...files, parts }, environment(), systemClock)
  return { cluster, problems: files.problems }
}

/** As `config/kubernetes.yaml` has them: listeners on the ports that clients know. */
const usual = `
listeners:
  - { name: web, address: ":8080", publicPort: 80 }
  - { name: web-tls, address: ":8443", publicPort: 443, tls: {} }
kubernetes: {}
`

function usualFiles(): FilesLoaded {
  const files = translateFiles([{ path: '(defaults)', text: usual }], noSecrets)
  return { ...files, files: [] }
}

function usualSettings(): { readonly kubernetes: KubernetesSettings } {
  const kubernetes = usualFiles().parts?.settings.kubernetes
  if (kubernetes === undefined) throw new Error('the defaults have Kubernetes as a source')
  return { kubernetes }
}

function filesOf(config: string | undefined): FilesLoaded {
  return config === undefined ? usualFiles() : loadFiles(loadOptions([config]), undefined)
}
