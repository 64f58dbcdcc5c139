import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { V1PodTemplateSpec, V1ResourceAttributes } from '@kubernetes/client-node'
import {
  type ChartValues,
  installChart,
  kubeVersion,
  objectsIn,
  renderChart,
} from '../support/kubernetes/helm.ts'
import { KubeAccess } from '../support/kubernetes/kube-access.ts'
import type { KubeObject } from '../support/kubernetes/kube-kinds.ts'
import { namespaceObject } from '../support/kubernetes/objects.ts'
import { ofKind, oneOf } from '../support/kubernetes/rendered.ts'
import { serviceMonitorDefinition } from '../support/kubernetes/service-monitor.ts'
import { root } from '../support/source-files.ts'

// What deploy/ holds for Kubernetes, shown to a real API server: namespaces are made, the rest is applied as a dry run, with every
// check of the server but no pods.

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' }
const namespace = `deploy-${process.pid}`
const lax = `${namespace}-lax`
const monitor = 'monitoring.coreos.com/v1/ServiceMonitor'

let access: KubeAccess

before(async () => {
  access = KubeAccess.shared()
  await access.client.apply(namespaceObject('shop'))
  await access.client.apply(namespaceObject(lax))
  await access.client.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: restricted },
  })
  await access.client.apply(serviceMonitorDefinition())
  const name = serviceMonitorDefinition().metadata?.name ?? ''
  await access.client.waitFor(
    'CustomResourceDefinition',
    { name },
    {
      until: ({ status }) =>
        status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true,
      what: 'ServiceMonitors are known',
    },
  )
})
after(() => access[Symbol.dispose]())

/** What the server says of each object. */
async function accepted(objects: readonly KubeObject[]): Promise<string[]> {
  const text = objects.map((object) => JSON.stringify(object)).join('\n---\n')
  const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-']
  return (await access.kubectl(args, text)).trim().split('\n')
}

describe('the API server accepts the chart', () => {
  const everything = {
    autoscaling: { enabled: true },
    networkPolicy: { enabled: true, clients: [{ ipBlock: { cidr: '10.0.0.0/8' } }] },
    metrics: { serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
    ingressClass: { default: true, parameters: { data: { 'tls-redirect': 'off' } } },
    kubernetes: { secrets: { mode: 'names', names: ['shop/web'] }, referenceGrants: true, zoneHints: true },
  }
  const table: readonly (readonly [string, ChartValues, objects: number])[] = [
    ['as it is', {}, 12],
    ['of a load balancer', { example: 'cloud-load-balancer', kinds: [monitor] }, 16],
    ['of bare metal', { example: 'bare-metal-daemonset' }, 11],
    ['in the place of ingress-nginx', { example: 'replace-ingress-nginx' }, 12],
    ['with everything switched on', { values: everything, kinds: [monitor] }, 19],
  ]
  for (const [name, wish, count] of table) {
    test(name, async () => {
      const objects = await renderChart({ ...wish, namespace })

      const said = await accepted(objects)

      assert.equal(objects.length, count)
      assert.equal(said.length, count)
      assert.deepEqual(
        said.filter((line) => !line.endsWith('serverside-applied (server dry run)')),
        [],
      )
    })
  }
})

describe('pod security', () => {
  /** A pod as the controller would make it from the template. */
  const podOf = (template: V1PodTemplateSpec | undefined, where: string): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: template?.metadata?.labels, namespace: where, name: 'tidegate-0' },
    spec: template?.spec,
  })
  const tryPod = (pod: object, where: string): Promise<unknown> =>
    access.client.request('POST', `/api/v1/namespaces/${where}/pods?dryRun=All&fieldValidation=Strict`, pod)

  for (const example of [undefined, 'cloud-load-balancer', 'replace-ingress-nginx']) {
    test(`"restricted" lets the pods of ${example ?? 'the default'} in`, async () => {
      const objects = await renderChart({ namespace, ...(example === undefined ? {} : { example }) })

      const pod = podOf(oneOf(objects, 'Deployment').spec?.template, namespace)

      await assert.doesNotReject(tryPod(pod, namespace))
    })
  }

  test('"restricted" refuses the pods of bare metal, for their host ports and nothing else', async () => {
    const objects = await renderChart({ example: 'bare-metal-daemonset', namespace })
    const template = oneOf(objects, 'DaemonSet').spec?.template

    const refusal = tryPod(podOf(template, namespace), namespace)

    await assert.rejects(refusal, {
      status: 403,
      message:
        /violates PodSecurity "restricted:latest": hostPort \(container "tidegate" uses hostPorts 443, 80\)$/,
    })
    await assert.doesNotReject(tryPod(podOf(template, lax), lax))
  })

  test('"restricted" refuses a pod that may be root', async () => {
    const values = { containerSecurityContext: { capabilities: null } }
    const objects = await renderChart({ values, namespace })

    const pod = podOf(oneOf(objects, 'Deployment').spec?.template, namespace)

    await assert.rejects(tryPod(pod, namespace), { status: 403, message: /unrestricted capabilities/ })
  })
})

describe('kustomize', () => {
  const build = async (folder: string): Promise<KubeObject[]> =>
    objectsIn(await access.kubectl(['kustomize', join(root, 'deploy/kubernetes', folder)]))

  for (const [folder, count] of [
    ['base', 13],
    ['overlays/example', 14],
  ] as const) {
    test(`makes objects of ${folder} that the API server accepts`, async () => {
      const objects = await build(folder)
      for (const one of ofKind(objects, 'Namespace')) await access.client.apply(one)

      const said = await accepted(objects)

      assert.equal(said.length, count)
      assert.deepEqual(
        said.filter((line) => !line.endsWith('(server dry run)')),
        [],
      )
    })
  }

  test('makes of the base what Helm makes of the chart', async () => {
    const [kustomized, rendered] = [await build('base'), await renderChart()]

    const others = kustomized.filter(({ kind }) => kind !== 'Namespace' && kind !== 'ConfigMap')
    const alike = rendered.filter(({ kind }) => kind !== 'ConfigMap').map(withoutHelm)
    assert.deepEqual(byName(others.map(withoutConfigName)), byName(alike.map(withoutConfigName)))
  })

  test('replaces the pods when the configuration changes', async () => {
    const objects = await build('base')

    const configMap = ofKind(objects, 'ConfigMap')[0]?.metadata?.name ?? ''
    const volumes = oneOf(objects, 'Deployment').spec?.template.spec?.volumes ?? []
    assert.match(configMap, /^tidegate-[a-z0-9]{10}$/)
    assert.equal(volumes[0]?.configMap?.name, configMap)
  })
})

/** An object without what Helm says of itself. */
function withoutHelm(object: KubeObject): KubeObject {
  const copy = structuredClone(object)
  delete copy.metadata?.labels?.['app.kubernetes.io/managed-by']
  delete copy.metadata?.labels?.['helm.sh/chart']
  for (const { spec } of ofKind([copy], 'Deployment')) delete spec?.template.metadata?.annotations
  return copy
}

/** The hash of its content is in the name of the ConfigMap that kustomize makes. */
function withoutConfigName(object: KubeObject): KubeObject {
  const copy = structuredClone(object)
  const volumes = ofKind([copy], 'Deployment').flatMap(({ spec }) => spec?.template.spec?.volumes ?? [])
  for (const { configMap } of volumes) if (configMap !== undefined) configMap.name = 'the configuration'
  return copy
}

function byName(objects: readonly KubeObject[]): Record<string, KubeObject> {
  return Object.fromEntries(
    objects.map((object) => [
      `${object.kind} ${object.metadata?.namespace}/${object.metadata?.name}`,
      object,
    ]),
  )
}

describe('helm install', () => {
  const release = `edge-${process.pid}`
  const account = `system:serviceaccount:${namespace}:${release}-tidegate`
  const values = {
    kubernetes: {
      controller: `example.com/${release}`,
      class: release,
      secrets: { namespaces: ['shop'] },
    },
  }
  let notes: string

  before(async () => {
    notes = await installChart({ release, namespace, values }, access.kubeconfig)
  })
  after(() => access.client.delete('IngressClass', { name: release }))

  test('says how to get a first answer', () => {
    assert.match(notes, new RegExp(`create ingress web --class=${release} --rule=`))
    assert.match(notes, /namespaces: shop\./)
    assert.match(notes, new RegExp(`--serviceaccount=${namespace}:${release}-tidegate`))
  })

  test('makes a Deployment whose configuration is there', async () => {
    const name = `${release}-tidegate`
    const deployment = await access.client.get('Deployment', { namespace, name })
    const configMap = await access.client.get('ConfigMap', { namespace, name })

    assert.equal(deployment.spec?.template.spec?.volumes?.[0]?.configMap?.name, name)
    assert.match(configMap.data?.['gateway.yaml'] ?? '', new RegExp(`class: ${release}`))
  })

  const ingresses = { group: 'networking.k8s.io', resource: 'ingresses' }
  const rights: readonly (readonly [what: string, asked: V1ResourceAttributes, allowed: boolean])[] = [
    ['may watch Ingresses of all namespaces', { verb: 'watch', ...ingresses }, true],
    ['may write their status', { verb: 'patch', ...ingresses, subresource: 'status' }, true],
    ['may not write them', { verb: 'patch', ...ingresses }, false],
    ['may list Secrets where it was allowed', { verb: 'list', resource: 'secrets', namespace: 'shop' }, true],
    ['may not list Secrets beside itself', { verb: 'list', resource: 'secrets', namespace }, false],
    ['may not read pods', { verb: 'get', resource: 'pods', namespace }, false],
    ['may not read nodes', { verb: 'list', resource: 'nodes' }, false],
  ]
  for (const [what, resourceAttributes, allowed] of rights) {
    test(`its account ${what}`, async () => {
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' }
      const spec = {
        user: account,
        groups: ['system:serviceaccounts', 'system:authenticated'],
        resourceAttributes,
      }
      const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

      const answer = await access.client.request('POST', path, { ...review, spec })

      assert.equal((answer as { status: { allowed: boolean } }).status.allowed, allowed)
    })
  }

  test('runs on the version that the manifests were made for', async () => {
    const { gitVersion } = (await access.client.request('GET', '/version')) as { gitVersion: string }

    assert.equal(gitVersion, `v${kubeVersion}`)
  })
})
