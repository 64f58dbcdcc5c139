import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { controlPlanePrograms } from './binaries.ts'
import { KubeClient } from './kube-client.ts'

/** Where a control plane is, as one process tells another. */
export interface KubeLocation {
  /** `https://127.0.0.1:21002`. */
  readonly url: string
  readonly adminToken: string
  /** The path of the PEM file that the server's certificate is checked against. */
  readonly caFile: string
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** For files beside it. */
  readonly folder: string
}

/** Holds a `KubeLocation` as JSON, in the processes of test files. */
export const locationVariable = 'TIDEGATE_TEST_CONTROL_PLANE'

let written = 0

/** What a test does with an API server, whoever started it. */
export class KubeAccess implements Disposable, KubeLocation {
  readonly url: string
  readonly adminToken: string
  readonly caFile: string
  readonly kubeconfig: string
  readonly folder: string
  /** Asks as administrator. */
  readonly client: KubeClient

  constructor(location: KubeLocation) {
    this.url = location.url
    this.adminToken = location.adminToken
    this.caFile = location.caFile
    this.kubeconfig = location.kubeconfig
    this.folder = location.folder
    this.client = this.clientFor(location.adminToken)
  }

  /** The control plane of the whole run. @throws {Error} outside of it. */
  static shared(): KubeAccess {
    const location = process.env[locationVariable]
    if (location === undefined) {
      throw new Error('tests of test/kubernetes need a control plane: run them with "npm test -- kubernetes"')
    }
    return new KubeAccess(JSON.parse(location) as KubeLocation)
  }

  clientFor(token: string): KubeClient {
    return new KubeClient(this.url, token, readFileSync(this.caFile, 'utf8'))
  }

  /** What kubectl prints. @throws {Error} with what it says when it fails. */
  async kubectl(args: readonly string[], input = ''): Promise<string> {
    const programs = await controlPlanePrograms()
    const [program, ...first] = programs.command('kubectl')
    const flags = ['--kubeconfig', this.kubeconfig, '--cache-dir', join(this.folder, 'kubectl-cache')]
    const child = spawn(program, [...first, ...flags, ...args], { stdio: 'pipe' })
    let output = ''
    let complaint = ''
    child.stdout.on('data', (text) => {
      output += String(text)
    })
    child.stderr.on('data', (text) => {
      complaint += String(text)
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${complaint.trim()}`)
    return output
  }

  /** A token of a service account, which must be there. @param seconds at least 600, says the API. */
  async serviceAccountToken(namespace: string, name: string, seconds = 3600): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
    const body = { spec: { expirationSeconds: seconds } }
    const { status } = (await this.client.request('POST', path, body)) as { status: { token: string } }
    return status.token
  }

  /** The path of a kubeconfig for somebody else, by token or by a file that holds one. */
  kubeconfigFor(user: { readonly token: string } | { readonly tokenFile: string }): string {
    const file = join(this.folder, `kubeconfig-${process.pid}-${++written}`)
    writeKubeconfig(file, { url: this.url, caFile: this.caFile, user })
    return file
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]()
  }
}

/** Writes a kubeconfig with one context, `test`. */
export function writeKubeconfig(
  file: string,
  { url, caFile, user }: { readonly url: string; readonly caFile: string; readonly user: object },
): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  }
  writeFileSync(file, stringify(config), { mode: 0o600 })
}
