import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { askGateway } from '../support/kubernetes/ask-gateway.ts'
import { ControlPlane } from '../support/kubernetes/control-plane.ts'
import { KubeAccess } from '../support/kubernetes/kube-access.ts'
import { KubeError } from '../support/kubernetes/kube-client.ts'
import { configMap, ingress, namespaceObject, slice } from '../support/kubernetes/objects.ts'
import { Pods } from '../support/kubernetes/pods.ts'
import { within } from '../support/raw-client.ts'

// What the tests of this folder stand on: that the control plane is real, and what of it they count on.

const namespace = `control-plane-${process.pid}`

describe('the control plane of the run', () => {
  let access: KubeAccess

  before(async () => {
    access = KubeAccess.shared()
    await access.client.create(namespaceObject(namespace))
  })
  after(() => access[Symbol.dispose]())

  test('calls itself by the version it was built from', async () => {
    const version = (await access.client.request('GET', '/version')) as { gitVersion: string }

    assert.equal(version.gitVersion, 'v1.36.3')
  })

  test('keeps an Ingress as it was written', async () => {
    const written = ingress({
      namespace,
      name: 'web',
      className: 'none',
      rules: { 'a.test': { '/': 'web:80', 'Exact /cart': 'cart:http' }, '': { '/all': 'all:80' } },
      tls: { 'web-tls': ['a.test'] },
    })

    await access.client.create(written)
    const kept = await access.client.get('Ingress', { namespace, name: 'web' })

    assert.deepEqual(kept.spec, written.spec)
  })

  test('refuses an Ingress whose path has no slash', async () => {
    const written = ingress({ namespace, name: 'bad', rules: { 'a.test': { web: 'web:80' } } })

    await assert.rejects(access.client.create(written), { status: 422 })
  })

  test('refuses endpoints on loopback', async () => {
    const written = slice({ namespace, service: 'web', ports: { http: 80 }, endpoints: ['127.0.0.1'] })

    await assert.rejects(access.client.create(written), { status: 422 })
  })

  test('holds a service account to its rights', async () => {
    await access.client.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace, name: 'nobody' },
    })
    using client = access.clientFor(await access.serviceAccountToken(namespace, 'nobody'))

    const error = await client.list('Secret', namespace).catch((caught: KubeError) => caught)

    assert.ok(error instanceof KubeError)
    assert.equal(error.status, 403)
    assert.match(error.message, new RegExp(`system:serviceaccount:${namespace}:nobody`))
  })

  test('shows an object to kubectl', async () => {
    await access.client.apply(configMap({ namespace, name: 'shown', data: { greeting: 'good day' } }))

    const output = await access.kubectl(['describe', 'configmap', '-n', namespace, 'shown'])

    assert.match(output, /greeting:\n----\ngood day/)
  })

  test('tells what kubectl complains of', async () => {
    await assert.rejects(access.kubectl(['get', 'configmap', '-n', namespace, 'absent']), /NotFound/)
  })

  test('has pods whose addresses can be reached', async () => {
    await using pods = new Pods()
    const deployment = await pods.deploy(access.client, { namespace, service: 'echo', replicas: 2 })

    const addresses = deployment.pods.map((pod) => pod.address)
    const kept = await access.client.get('EndpointSlice', { namespace, name: 'echo-1' })
    const answer = await askGateway(3000, 'http', { address: addresses[1] ?? '', path: '/x?y=1' })

    assert.deepEqual(
      kept.endpoints?.flatMap((endpoint) => endpoint.addresses),
      addresses,
    )
    const { path, pod, service } = answer.echo ?? {}
    assert.deepEqual({ path, pod, service }, { path: '/x?y=1', pod: 'echo-1', service: 'echo' })
  })
})

describe('a control plane of its own', () => {
  let plane: ControlPlane

  before(async () => {
    plane = await ControlPlane.start()
  })
  after(() => plane.stop())

  test('comes back on its port with its data after it was killed', async () => {
    await plane.access.client.create(configMap({ namespace: 'default', name: 'kept', data: { a: '1' } }))

    await plane.killApiServer()
    await assert.rejects(plane.access.client.get('ConfigMap', { name: 'kept' }), { code: 'ECONNREFUSED' })
    await plane.startApiServer()
    const kept = await plane.access.client.get('ConfigMap', { name: 'kept' })

    assert.deepEqual(kept.data, { a: '1' })
  })

  test('answers nothing while it is paused, and everything afterwards', async () => {
    await plane.pauseApiServer()
    const asked = plane.access.client.list('ConfigMap', 'default')
    const first = await Promise.race([asked, within(new Promise(() => {}), 'an answer', 300).catch(String)])
    plane.continueApiServer()
    const items = await asked

    assert.match(String(first), /in vain for an answer/)
    assert.ok(items.length > 0)
  })

  test('has forgotten what was, after compaction and a restart', async () => {
    const { client } = plane.access
    const { metadata } = await client.apply(
      configMap({ namespace: 'default', name: 'old', data: { a: '1' } }),
    )
    await client.apply(configMap({ namespace: 'default', name: 'old', data: { a: '2' } }))

    await plane.compact()
    await plane.killApiServer()
    await plane.startApiServer()
    const query = `resourceVersion=${metadata?.resourceVersion}&resourceVersionMatch=Exact`

    await assert.rejects(client.list('ConfigMap', 'default', query), { status: 410 })
  })
})
