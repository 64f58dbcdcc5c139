import type { KubernetesSettings } from '../../model/kubernetes-settings.ts'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import type { KubernetesApi } from './api.ts'
import { Credentials } from './client/credentials.ts'
import { HttpsApi } from './client/https-api.ts'
import { findCredentials } from './client/kubeconfig.ts'
import { loadKubeConfig } from './client/load-kube-config.ts'

export interface ConnectDeps {
  /** Of the process: where the pod or the operator says how to reach the API server. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Where a pod has its token; as the kubelet mounts it unless a test says otherwise. */
  readonly serviceAccount?: string
  /** Between two readings of a watch on which much happens; 25 ms. */
  readonly breath?: Ms | undefined
}

/**
 * Makes the client of the API server. Asks nothing of it yet: whether it answers is for the first request to find out.
 *
 * Loads `@kubernetes/client-node` now and not before: even the part that is needed takes 35 MiB and 0.2 s.
 *
 * @throws {CredentialsError} when there are no credentials, with what to do.
 */
export async function connectKubernetes(
  settings: Pick<KubernetesSettings, 'kubeconfig' | 'context'>,
  { env, clock, serviceAccount = usualFolder, breath }: ConnectDeps,
): Promise<KubernetesApi & Disposable> {
  const place = findCredentials({ kubeconfig: settings.kubeconfig, env, serviceAccount })
  const KubeConfig = await loadKubeConfig()
  const makeConfig = () => new KubeConfig()
  const credentials = new Credentials({ place, context: settings.context, clock, makeConfig })
  const { server } = await credentials.current()
  return new HttpsApi(server.origin, { credentials, clock, breath })
}

const usualFolder = '/var/run/secrets/kubernetes.io/serviceaccount'
