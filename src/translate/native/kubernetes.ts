import { dirname, join } from 'node:path/posix'
import type {
  KubernetesSettings,
  NamespaceScope,
  SecretScope,
  StatusSource,
} from '../../model/kubernetes-settings.ts'
import { assert } from '../../std/assert.ts'
import type { NativeKubernetes } from '../schema/kubernetes.ts'

/** @param file where it is written: a relative kubeconfig begins at its folder. */
export function kubernetesSettings(native: NativeKubernetes, file: string): KubernetesSettings {
  const { class: className, namespaces, secrets, status, leaderElection, ...rest } = native
  const { kubeconfig, context, defaultCertificate, defaultBackend, catchAll } = native
  return {
    ...rest,
    kubeconfig:
      kubeconfig === undefined || kubeconfig.startsWith('/') ? kubeconfig : join(dirname(file), kubeconfig),
    context,
    className,
    defaultCertificate,
    defaultBackend,
    catchAll,
    namespaces: namespaceScope(namespaces),
    secrets: secretScope(secrets),
    status: statusSource(status),
    leaderElection: { lease: leaderElection.lease, namespace: leaderElection.namespace },
  }
}

function namespaceScope(native: NativeKubernetes['namespaces']): NamespaceScope {
  if (native === 'all') return { kind: 'all' }
  if (!('selector' in native)) return { kind: 'list', names: native as readonly string[] }
  return { kind: 'selector', selector: native.selector ?? '' }
}

function secretScope({ mode, namespaces, names }: NativeKubernetes['secrets']): SecretScope {
  switch (mode) {
    case 'namespaces':
      return { mode, namespaces }
    case 'names':
      return { mode, names }
    case 'cluster':
      return { mode }
  }
}

function statusSource({ from, service, addresses }: NativeKubernetes['status']): StatusSource {
  switch (from) {
    case 'off':
    case 'nodes':
      return { from }
    case 'addresses':
      return { from, addresses }
    case 'service':
      assert(service !== undefined, 'the schema asks for the Service')
      return { from, service }
  }
}
