import type { Static } from 'typebox'
import { Flaw } from '../format/flaw.ts'
import { either, listOf, type Mismatch, object, oneKey, optional, text, textOr, word } from './build.ts'

const onOff = ['on', 'off'] as const

const namespaces = either(
  [
    word(['all'], { description: 'Every namespace.' }),
    listOf(text('namespaceName', { description: 'A namespace.' }), {
      description: 'These, with a watch for each.',
      minItems: 1,
    }),
    oneKey(
      'a choice of namespaces',
      {
        selector: text('labelSelector', {
          description: 'Namespaces whose labels fit; it needs the right to read namespaces.',
          examples: ['edge=tidegate'],
        }),
      },
      { description: 'Namespaces by their labels.' },
    ),
  ],
  { default: 'all', description: 'Namespaces whose objects are read.' },
)

const secrets = object(
  'how Secrets are read',
  {
    mode: word(['namespaces', 'names', 'cluster'], {
      default: 'namespaces',
      description:
        '`namespaces`: those of the namespaces in which a role binding allows it. `names`: the ones listed, alone. `cluster`: all but tokens, Helm releases and registry passwords, which needs the right to read every Secret.',
    }),
    namespaces: listOf(text('namespaceName', { description: 'A namespace.' }), {
      default: [],
      description:
        'With `mode: namespaces`, those that are read from the start; others are read once an Ingress needs them and the right is there.',
    }),
    names: listOf(text('objectName', { description: 'A Secret.' }), {
      default: [],
      description: 'With `mode: names`, the Secrets.',
      examples: [['shop/web-tls']],
    }),
  },
  { default: {}, description: 'How Secrets are read.', check: checkSecrets },
)

const status = object(
  'the status of Ingresses',
  {
    from: word(['off', 'service', 'addresses', 'nodes'], {
      default: 'off',
      description:
        'Where the addresses come from that are written to `status.loadBalancer`: a Service, the list here, or the nodes; `off` writes none.',
    }),
    service: optional(
      text('objectName', {
        description: 'The Service in front of the gateway.',
        examples: ['tidegate/tidegate'],
      }),
    ),
    addresses: listOf(text('statusAddress', { description: 'An IP address or a host name.' }), {
      default: [],
      description: 'The addresses, for `from: addresses`.',
    }),
  },
  { default: {}, description: 'What is written to the status of Ingresses.', check: checkStatus },
)

const leaderElection = object(
  'leader election',
  {
    lease: text('kubernetesName', { default: 'tidegate-leader', description: 'The name of the Lease.' }),
    namespace: optional(
      text('namespaceName', { description: 'Its namespace; without it, that of the pod, else `default`.' }),
    ),
  },
  { default: {}, description: 'Of several replicas one writes status and events.' },
)

const allowedHosts = object(
  'hosts that namespaces may use',
  {
    namespaces: listOf(text('namespaceName', { description: 'A namespace.' }), {
      description: 'Namespaces that may use these hosts and, unless another entry names them too, no others.',
      minItems: 1,
    }),
    hosts: listOf(text('hostPattern', { description: '`a.test`, `*.a.test`, `**.a.test` or `*`.' }), {
      description: 'The hosts.',
      minItems: 1,
    }),
  },
  { description: 'Hosts that namespaces may use.' },
)

/** Kubernetes as a source of configuration. */
export const kubernetesSchema = object(
  'Kubernetes as a source',
  {
    kubeconfig: optional(
      text('materialFile', {
        description:
          'A kubeconfig. Without it: the service account of the pod, else `$KUBECONFIG`, else `~/.kube/config`.',
      }),
    ),
    context: optional(
      text('matchedValue', { description: 'A context of the kubeconfig; without it, the current one.' }),
    ),
    controller: text('controllerName', {
      default: 'tidegate.dev/ingress-controller',
      description: 'IngressClasses with this `spec.controller` are ours.',
    }),
    class: text('kubernetesName', {
      default: 'tidegate',
      description:
        'The value of the old annotation `kubernetes.io/ingress.class` that is ours even without an IngressClass of that name.',
    }),
    watchWithoutClass: word(onOff, {
      default: 'off',
      description: 'Whether Ingresses that name no class are ours, when there is no default class either.',
    }),
    compat: word(['off', 'ingress-nginx'], {
      default: 'off',
      description:
        'What annotations of ingress-nginx mean: ours, on their own object only, or exactly what they mean there. Parameters of a class may say otherwise.',
    }),
    implementationSpecific: word(['prefix', 'istio', 'linkerd'], {
      default: 'prefix',
      description:
        'What pathType ImplementationSpecific means: a prefix by segments; exact unless it ends in `*` (`istio`); a regular expression (`linkerd`).',
    }),
    listeners: listOf(text('listenerName', { description: 'A listener.' }), {
      default: [],
      description: 'Listeners that Ingresses are served on; none means all that carry HTTP.',
    }),
    namespaces,
    secrets,
    defaultCertificate: optional(
      text('objectName', {
        description: 'A Secret with the certificate for server names that no Ingress has one for.',
        examples: ['tidegate/default-tls'],
      }),
    ),
    defaultBackend: optional(
      text('servicePort', {
        description: 'Where requests go that no Ingress takes; without it they get an explained 404.',
        examples: ['shop/not-found:80'],
      }),
    ),
    tlsRedirect: word(onOff, {
      default: 'on',
      description:
        'Whether plain requests of hosts with TLS are redirected, when their Ingress says nothing.',
    }),
    status,
    leaderElection,
    events: word(onOff, {
      default: 'on',
      description: 'Whether problems become events on their objects, which `kubectl describe` shows.',
    }),
    hostOwnership: word(['namespace', 'object'], {
      default: 'namespace',
      description:
        'Who owns a host that several namespaces name: the namespace of its oldest Ingress, or each Ingress its own paths, the oldest first.',
    }),
    hostCooling: textOr(
      'duration',
      { none: 0 },
      {
        default: '10m',
        description: 'For so long after its last Ingress is gone, a host stays with its namespace.',
      },
    ),
    allowedHosts: listOf(allowedHosts, {
      default: [],
      description:
        'Limits namespaces to hosts, and lets them use hosts inside of wildcards of others, and hosts that files name: those are not given to Ingresses otherwise.',
    }),
    catchAll: optional(
      listOf(text('namespaceName', { description: 'A namespace.' }), {
        description:
          'Namespaces whose Ingresses may take requests of any host (rules without a host, default backends). Without it, all.',
      }),
    ),
    externalNames: listOf(
      text('hostPattern', { description: 'A name: `api.test`, `*.a.test`, `**.a.test`.' }),
      {
        default: [],
        description:
          'Names that Services of type ExternalName may lead to, and that `auth-url` may name outside of the namespace of its Ingress (`oauth2-proxy.sso.svc.cluster.local`); none means that they are refused.',
      },
    ),
    allowedEndpoints: listOf(text('cidr', { description: 'A block of addresses, or one address.' }), {
      default: [],
      description:
        'Where endpoints may be although the addresses are those of nodes, of the API server or of the gateway itself.',
    }),
    zoneHints: word(onOff, {
      default: 'off',
      description: 'Whether endpoints of our own zone are used first; it needs the right to read nodes.',
    }),
    classParameters: listOf(text('objectName', { description: 'A ConfigMap.' }), {
      default: [],
      description: 'ConfigMaps that the parameters of our IngressClasses may name.',
    }),
    referenceGrants: word(onOff, {
      default: 'off',
      description:
        'Whether ReferenceGrants of the Gateway API let Ingresses use Secrets of other namespaces.',
    }),
    optInAnnotations: listOf(text('annotationName', { description: 'An annotation without its prefix.' }), {
      default: [],
      description: 'Annotations that are refused unless they stand here.',
      examples: [['access-log']],
    }),
  },
  {
    description:
      'Takes routes and certificates from Kubernetes, beside those of the files. Takes effect at start.',
  },
)

export type NativeKubernetes = Static<typeof kubernetesSchema>

function checkSecrets({
  mode,
  names,
}: {
  readonly mode: string
  readonly names: readonly unknown[]
}): Mismatch | undefined {
  if (mode === 'names' || names.length === 0) return undefined
  return {
    at: 'names',
    flaw: new Flaw(`says nothing with "mode: ${mode}"`, 'remove it, or write "mode: names"'),
  }
}

function checkStatus(written: {
  readonly from: string
  readonly service?: unknown
  readonly addresses: readonly unknown[]
}): Mismatch | undefined {
  const { from, service, addresses } = written
  if (from === 'service' && service === undefined)
    return { at: 'from', flaw: new Flaw('needs "service"', 'add "service: NAMESPACE/NAME"') }
  if (from === 'addresses' && addresses.length === 0)
    return { at: 'from', flaw: new Flaw('needs "addresses"', 'add "addresses: [ADDRESS]"') }
  return undefined
}
