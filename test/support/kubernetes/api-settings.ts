import type { KubernetesSettings } from '../../../src/model/kubernetes-settings.ts'

/** Settings of a Kubernetes source: what the schema has for nothing said, with `changes`. */
export function kubernetesSettings(changes: Partial<KubernetesSettings> = {}): KubernetesSettings {
  return {
    kubeconfig: undefined,
    context: undefined,
    controller: 'tidegate.dev/ingress-controller',
    className: 'tidegate',
    watchWithoutClass: 'off',
    compat: 'off',
    implementationSpecific: 'prefix',
    listeners: [],
    namespaces: { kind: 'all' },
    secrets: { mode: 'namespaces', namespaces: [] },
    defaultCertificate: undefined,
    defaultBackend: undefined,
    tlsRedirect: 'on',
    status: { from: 'off' },
    leaderElection: { lease: 'tidegate', namespace: undefined },
    events: 'on',
    hostOwnership: 'namespace',
    hostCooling: 600_000,
    allowedHosts: [],
    catchAll: undefined,
    externalNames: [],
    allowedEndpoints: [],
    zoneHints: 'off',
    classParameters: [],
    referenceGrants: 'off',
    optInAnnotations: [],
    ...changes,
  }
}
