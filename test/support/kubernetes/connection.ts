import { join } from 'node:path'
import { connectKubernetes } from '../../../src/sources/kubernetes/connect.ts'
import { type Clock, systemClock } from '../../../src/std/clock.ts'
import { testFolder } from '../folder.ts'

/** How an API server is reached. */
export interface Connection {
  readonly url: string
  readonly token: string
  /** Its authority in PEM; without one its certificate is not checked. */
  readonly ca?: string
}

/** The text of a kubeconfig for it. */
export function kubeconfigOf({ url, token, ca }: Connection): string {
  const trust =
    ca === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, ...trust } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  })
}

/** Our client of an API server. */
export async function connectTo(
  connection: Connection,
  clock: Clock = systemClock,
): ReturnType<typeof connectKubernetes> {
  using folder = testFolder()
  folder.write('kubeconfig', kubeconfigOf(connection))
  const kubeconfig = join(folder.path, 'kubeconfig')
  // A clock that a test moves would leave a watch without breath for ever.
  const breath = clock === systemClock ? undefined : 0
  return await connectKubernetes({ kubeconfig, context: undefined }, { env: {}, clock, breath })
}
