import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { builtGoProgram } from './go-program.ts'

/** A program of a control plane. */
export type Part = 'etcd' | 'apiserver' | 'controllers' | 'scheduler' | 'kubectl'

/** Says how each program of a control plane is called. */
export interface ControlPlanePrograms {
  /** The words of a command line that come before its flags. @throws {Error} when there is no such program. */
  command(part: Part): readonly [string, ...string[]]
}

const version = '1.36.3'
const versionFlags = ['gitVersion=v1.36.3', 'gitMajor=1', 'gitMinor=36']

/**
 * The programs that `TIDEGATE_TEST_KUBE` or `KUBEBUILDER_ASSETS` name, else those built from `test/kubernetes/control-plane`.
 * What was found is left in `TIDEGATE_TEST_KUBE` for processes that this one starts.
 *
 * @throws {Error} that says what is missing.
 */
export async function controlPlanePrograms(): Promise<ControlPlanePrograms> {
  const programs = await found()
  for (const part of ['etcd', 'apiserver', 'kubectl'] as const) programs.command(part)
  return programs
}

async function found(): Promise<ControlPlanePrograms> {
  const assets = process.env['KUBEBUILDER_ASSETS']
  if (process.env['TIDEGATE_TEST_KUBE'] === undefined && assets !== undefined) return separate(assets)
  const kube = process.env['TIDEGATE_TEST_KUBE'] ?? (await builtKube())
  process.env['TIDEGATE_TEST_KUBE'] = kube
  return { command: (part) => [runnable(kube, 'TIDEGATE_TEST_KUBE'), part] }
}

function builtKube(): Promise<string> {
  return builtGoProgram({
    name: `kube-${version}`,
    folder: 'test/kubernetes/control-plane',
    package: '.',
    ldflags: versionFlags.map((flag) => `-X k8s.io/component-base/version.${flag}`).join(' '),
    minutes: 5,
  })
}

const fileNames = {
  etcd: 'etcd',
  apiserver: 'kube-apiserver',
  controllers: 'kube-controller-manager',
  scheduler: 'kube-scheduler',
  kubectl: 'kubectl',
} as const satisfies Record<Part, string>

function separate(folder: string): ControlPlanePrograms {
  return { command: (part) => [runnable(join(folder, fileNames[part]), 'KUBEBUILDER_ASSETS')] }
}

function runnable(file: string, variable: string): string {
  try {
    accessSync(file, constants.X_OK)
    return file
  } catch (cause) {
    throw new Error(`"${file}" cannot be run: set ${variable} right, or unset it and have it built`, {
      cause,
    })
  }
}
