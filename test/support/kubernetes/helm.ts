import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { testFolder } from '../folder.ts'
import { root } from '../source-files.ts'
import { builtGoProgram } from './go-program.ts'
import type { KubeObject } from './kube-kinds.ts'

const version = 'v3.22.0'

/** The chart; relative to the repository. */
export const chart = 'deploy/helm/tidegate'

/** The version of Kubernetes that manifests are made for: that of the control plane. */
export const kubeVersion = '1.36.3'

/** Values beside those of the chart. */
export interface ChartValues {
  /** The name of a file in the chart's `examples/`, without `.yaml`. */
  readonly example?: string
  /** As in a file of values, and stronger than those of the example. */
  readonly values?: object
  /** Kinds that the cluster has besides its own: `monitoring.coreos.com/v1/ServiceMonitor`. */
  readonly kinds?: readonly string[]
  /** The release; `tidegate` without. */
  readonly release?: string
  /** The namespace of the release; `tidegate` without. */
  readonly namespace?: string
}

/** The path of Helm: that which `TIDEGATE_TEST_HELM` names, else one built from `test/kubernetes/helm`. */
export async function helmProgram(): Promise<string> {
  return (
    process.env['TIDEGATE_TEST_HELM'] ??
    (await builtGoProgram({
      name: `helm-${version}`,
      folder: 'test/kubernetes/helm',
      package: 'helm.sh/helm/v3/cmd/helm',
      ldflags: `-X helm.sh/helm/v3/internal/version.version=${version}`,
      minutes: 2,
    }))
  )
}

/** What Helm prints. @throws {Error} with what it says when it fails. */
export async function helm(args: readonly string[]): Promise<string> {
  const program = await helmProgram()
  using home = testFolder()
  const env = { ...process.env, HOME: home.path, XDG_CACHE_HOME: home.path }
  const { stdout } = await promisify(execFile)(program, args, { cwd: root, env, maxBuffer: 16 * 1024 * 1024 })
  return stdout
}

/** The objects of the chart, in the order in which Helm would make them. */
export async function renderChart(wish: ChartValues = {}): Promise<KubeObject[]> {
  const { release = 'tidegate', namespace = 'tidegate', kinds = [] } = wish
  const args = ['template', release, chart, '--namespace', namespace, '--kube-version', kubeVersion]
  return objectsIn(await withValues(wish, [...args, ...kinds.flatMap((kind) => ['--api-versions', kind])]))
}

/** What `helm lint` says. */
export function lintChart(wish: ChartValues = {}): Promise<string> {
  return withValues(wish, ['lint', chart, '--strict', '--kube-version', kubeVersion])
}

/** Installs the chart in a cluster, for real but without waiting for pods; gives its notes. */
export function installChart(wish: ChartValues, kubeconfig: string): Promise<string> {
  const { release = 'tidegate', namespace = 'tidegate' } = wish
  const args = ['install', release, chart, '--namespace', namespace, '--kubeconfig', kubeconfig]
  return withValues(wish, args)
}

/** The objects in a stream of YAML. */
export function objectsIn(text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as KubeObject | null) ?? [])
}

async function withValues(wish: ChartValues, args: readonly string[]): Promise<string> {
  using folder = testFolder()
  const example = wish.example === undefined ? [] : [join(chart, 'examples', `${wish.example}.yaml`)]
  const files = [...example, folder.write('values.json', JSON.stringify(wish.values ?? {}))]
  return await helm([...args, ...files.flatMap((file) => ['--values', file])])
}
