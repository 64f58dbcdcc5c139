import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { ApiError, type KubernetesApi } from '../../src/sources/kubernetes/api.ts'
import { type Connection, connectTo } from '../support/kubernetes/connection.ts'

interface Json {
  readonly metadata: Readonly<Record<string, string>>
  readonly [name: string]: unknown
}

interface Event {
  readonly type: string
  readonly object: Json
}

/**
 * What we rely on in an API server, by our own client: run against the real one and against the fake, which is worth something only as
 * far as it does the same.
 *
 * @param connect called once; the server keeps what is written (a namespace with a name of its own).
 */
export function kubernetesApiCases(name: string, connect: () => Promise<Connection>): void {
  describe(`${name} is an API server`, () => {
    const namespace = `case-${randomUUID().slice(0, 8)}`
    const maps = `/api/v1/namespaces/${namespace}/configmaps`
    const ingresses = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`
    let connection: Connection
    let api: KubernetesApi & Disposable

    before(async () => {
      connection = await connect()
      api = await connectTo(connection)
      await api.request('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } })
    })

    after(async () => {
      await api.request('DELETE', `/api/v1/namespaces/${namespace}`)
      api[Symbol.dispose]()
    })

    async function ask(...asked: Parameters<KubernetesApi['request']>): Promise<Json> {
      return (await api.request(...asked)) as Json
    }

    function configMap(name: string, facts: object = {}): object {
      return { metadata: { name, ...facts }, data: { a: '1' } }
    }

    async function refusal(
      ...asked: Parameters<KubernetesApi['request']>
    ): Promise<readonly [number, string]> {
      const error: unknown = await api.request(...asked).catch((error: unknown) => error)
      assert.ok(error instanceof ApiError)
      return [error.status, error.reason]
    }

    /** The events of a watch until `count` of them are there, or the stream ends. */
    async function events(path: string, count: number): Promise<readonly Event[]> {
      const heard: Event[] = []
      const enough = new AbortController()
      const onLine = (line: unknown) => {
        heard.push(line as Event)
        if (heard.length === count) enough.abort()
      }
      await api.watch(path, onLine, { silence: 30_000, signal: enough.signal })
      return heard
    }

    test('a new object gets an identity, a version and a time', async () => {
      const { metadata } = await ask('POST', maps, { body: configMap('new') })

      assert.match(metadata['uid'] ?? '', /^[0-9a-f-]{36}$/)
      assert.match(metadata['resourceVersion'] ?? '', /^[1-9]\d*$/)
      assert.match(metadata['creationTimestamp'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.equal(metadata['namespace'], namespace)
    })

    test('a name is given once', async () => {
      await ask('POST', maps, { body: configMap('once') })

      assert.deepEqual(await refusal('POST', maps, { body: configMap('once') }), [409, 'AlreadyExists'])
    })

    test('an object that is not there is not found', async () => {
      assert.deepEqual(await refusal('GET', `${maps}/none`), [404, 'NotFound'])
      assert.deepEqual(await refusal('PATCH', `${maps}/none`, { body: { data: {} } }), [404, 'NotFound'])
    })

    test('a resource that does not exist is not found, without a reason', async () => {
      assert.deepEqual(await refusal('GET', '/apis/nothing.example/v1/things'), [404, ''])
    })

    test('a list comes in pages of one version, each object once', async () => {
      const names = ['page-a', 'page-b', 'page-c', 'page-d', 'page-e']
      const labels = { case: 'pages' }
      for (const name of names) await ask('POST', maps, { body: configMap(name, { labels }) })
      const path = `${maps}?labelSelector=case%3Dpages&limit=2`

      const first = await ask('GET', path)
      const token = (page: Json) => `${path}&continue=${encodeURIComponent(page.metadata['continue'] ?? '')}`
      const second = await ask('GET', token(first))
      const third = await ask('GET', token(second))

      const pages = [first, second, third]
      const found = pages.map(({ items }) => (items as Json[]).map(({ metadata }) => metadata['name']))
      assert.deepEqual(found, [['page-a', 'page-b'], ['page-c', 'page-d'], ['page-e']])
      assert.equal(new Set(pages.map(({ metadata }) => metadata['resourceVersion'])).size, 1)
      assert.equal(third.metadata['continue'], undefined)
    })

    test('a field selector picks one object by name', async () => {
      await ask('POST', maps, { body: configMap('picked') })

      const { items } = await ask('GET', `${maps}?fieldSelector=metadata.name%3Dpicked`)

      assert.deepEqual(
        (items as Json[]).map(({ metadata }) => metadata['name']),
        ['picked'],
      )
    })

    test('a field selector picks Secrets by type', async () => {
      const path = `/api/v1/namespaces/${namespace}/secrets`
      const data = { 'tls.crt': 'YQ==', 'tls.key': 'Yg==' }
      await ask('POST', path, { body: { metadata: { name: 'pair' }, type: 'kubernetes.io/tls', data } })
      await ask('POST', path, { body: { metadata: { name: 'other' }, type: 'Opaque', data } })

      const { items } = await ask('GET', `${path}?fieldSelector=type%3Dkubernetes.io%2Ftls`)

      assert.deepEqual(
        (items as Json[]).map(({ metadata }) => metadata['name']),
        ['pair'],
      )
    })

    test('a write that changes nothing makes no version', async () => {
      const { metadata } = await ask('POST', maps, { body: configMap('same') })

      const again = await ask('PATCH', `${maps}/same`, { body: { data: { a: '1' } } })

      assert.equal(again.metadata['resourceVersion'], metadata['resourceVersion'])
    })

    for (const method of ['PUT', 'PATCH'] as const) {
      test(`${method} with an old version is a conflict, with the newest it is not`, async () => {
        const name = `version-${method.toLowerCase()}`
        const { metadata } = await ask('POST', maps, { body: configMap(name) })
        const old = { metadata: { name, resourceVersion: metadata['resourceVersion'] }, data: { a: '3' } }
        const { metadata: newest } = await ask('PATCH', `${maps}/${name}`, { body: { data: { a: '2' } } })

        assert.deepEqual(await refusal(method, `${maps}/${name}`, { body: old }), [409, 'Conflict'])

        const body = { ...old, metadata: { name, resourceVersion: newest['resourceVersion'] } }
        assert.deepEqual((await ask(method, `${maps}/${name}`, { body }))['data'], { a: '3' })
      })
    }

    test('a status is written by itself, and leaves the rest as it is', async () => {
      const backend = { service: { name: 'web', port: { number: 80 } } }
      await ask('POST', ingresses, { body: { metadata: { name: 'web' }, spec: { defaultBackend: backend } } })
      const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }

      await ask('PATCH', `${ingresses}/web/status`, { body: { status, spec: { ingressClassName: 'x' } } })
      await ask('PATCH', `${ingresses}/web`, { body: { status: null } })

      const read = await ask('GET', `${ingresses}/web`)
      assert.deepEqual(read['status'], status)
      assert.deepEqual(read['spec'], { defaultBackend: backend })
    })

    test('a watch tells what happened since its version, in order', async () => {
      const labels = { case: 'watch' }
      const { metadata } = await ask('POST', maps, { body: configMap('watch-before', { labels }) })
      const from = metadata['resourceVersion'] ?? ''
      await ask('POST', maps, { body: configMap('watched', { labels }) })
      await ask('PATCH', `${maps}/watched`, { body: { data: { a: '2' } } })
      await ask('DELETE', `${maps}/watched`)

      const heard = await events(`${maps}?watch=1&labelSelector=case%3Dwatch&resourceVersion=${from}`, 3)

      assert.deepEqual(
        heard.map(({ type, object }) => `${type} ${object.metadata['name']}`),
        ['ADDED watched', 'MODIFIED watched', 'DELETED watched'],
      )
      const versions = [from, ...heard.map(({ object }) => object.metadata['resourceVersion'] ?? '')].map(
        Number,
      )
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => a - b),
      )
      assert.equal(new Set(versions).size, 4)
    })

    test('a watch of one object by name hears of no other', async () => {
      const { metadata } = await ask('GET', maps)
      const from = metadata['resourceVersion'] ?? ''
      await ask('POST', maps, { body: configMap('not-mine') })
      await ask('POST', maps, { body: configMap('mine') })

      const heard = await events(
        `${maps}?watch=1&fieldSelector=metadata.name%3Dmine&resourceVersion=${from}`,
        1,
      )

      assert.deepEqual(
        heard.map(({ object }) => object.metadata['name']),
        ['mine'],
      )
    })

    test('a watch ends in the regular way after timeoutSeconds', async () => {
      const { metadata } = await ask('GET', maps)
      const path = `${maps}?watch=1&resourceVersion=${metadata['resourceVersion']}&timeoutSeconds=1`

      const end = await api.watch(path, () => {}, { silence: 30_000, signal: new AbortController().signal })

      assert.equal(end, 'closed')
    })

    test('a watch from a version that is yet to come says nothing', async () => {
      const path = `${maps}?watch=1&resourceVersion=999999999&timeoutSeconds=1`

      assert.deepEqual(await events(path, 1), [])
    })

    test('a Lease is taken by one of two who saw the same version', async () => {
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
      const { metadata } = await ask('POST', leases, {
        body: { metadata: { name: 'leader' }, spec: { holderIdentity: 'a' } },
      })
      const take = (holderIdentity: string) =>
        api.request('PUT', `${leases}/leader`, {
          body: {
            metadata: { name: 'leader', resourceVersion: metadata['resourceVersion'] },
            spec: { holderIdentity },
          },
        })

      const outcomes = await Promise.allSettled([take('b'), take('c')])

      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    })

    test('a review of our own rights says yes to an administrator', async () => {
      const resourceAttributes = { verb: 'list', group: '', resource: 'secrets', namespace }
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      }

      const review = await ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body })

      assert.equal((review['status'] as { allowed: boolean }).allowed, true)
    })

    test('a token that is not known is 401', async () => {
      using stranger = await connectTo({ ...connection, token: 'stranger' })

      const error: unknown = await stranger.request('GET', maps).catch((error: unknown) => error)

      assert.ok(error instanceof ApiError)
      assert.deepEqual([error.status, error.reason], [401, 'Unauthorized'])
    })
  })
}
