import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ApiError, type KubernetesApi } from '../../../../src/sources/kubernetes/api.ts'
import { connectKubernetes } from '../../../../src/sources/kubernetes/connect.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { type TestFolder, testFolder } from '../../../support/folder.ts'
import { kubeconfigOf } from '../../../support/kubernetes/connection.ts'
import { FakeApiServer } from '../../../support/kubernetes/fake-api-server.ts'

const path = '/api/v1/configmaps'

interface Parts {
  readonly kubeconfig?: string
  readonly context?: string
  readonly env?: Readonly<Record<string, string>>
  readonly serviceAccount?: string
  readonly clock?: FakeClock
}

function connect(parts: Parts): ReturnType<typeof connectKubernetes> {
  const { kubeconfig, context, env = {}, serviceAccount = '/nowhere', clock = new FakeClock() } = parts
  return connectKubernetes({ kubeconfig, context }, { env, clock, serviceAccount })
}

async function problemOf(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.catch((error: unknown) => error)
  assert.ok(error instanceof Error, 'nothing was thrown')
  return error.message
}

async function failureOf(api: KubernetesApi): Promise<ApiError> {
  const error: unknown = await api.request('GET', path).catch((error: unknown) => error)
  assert.ok(error instanceof ApiError)
  return error
}

/** A pod's folder: `server` has to be reached by host and port. */
function podFolder(folder: TestFolder, token: string): string {
  folder.write('pod/token', token)
  folder.write('pod/ca.crt', '')
  return join(folder.path, 'pod')
}

describe('credentials are looked for', () => {
  test('in the file that is named, before all others', async () => {
    using folder = testFolder()
    const named = folder.write('named', kubeconfigOf({ url: 'https://named.test:1', token: 't' }))
    const other = folder.write('other', kubeconfigOf({ url: 'https://other.test:1', token: 't' }))
    const env = { KUBECONFIG: other, KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }

    using api = await connect({ kubeconfig: named, env, serviceAccount: podFolder(folder, 't') })

    assert.equal(api.server, 'https://named.test:1')
  })

  test('then in the service account of the pod', async () => {
    using folder = testFolder()
    const other = folder.write('other', kubeconfigOf({ url: 'https://other.test:1', token: 't' }))
    const env = { KUBECONFIG: other, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }

    using api = await connect({ env, serviceAccount: podFolder(folder, 't') })

    assert.equal(api.server, 'https://[fd00::1]:6443')
  })

  test('then in KUBECONFIG, of which the first file that has something counts', async () => {
    using folder = testFolder()
    const first = folder.write('first', kubeconfigOf({ url: 'https://first.test:1', token: 't' }))
    const second = folder.write('second', kubeconfigOf({ url: 'https://second.test:1', token: 't' }))
    const env = { KUBECONFIG: `${join(folder.path, 'none')}:${first}:${second}`, HOME: folder.path }

    using api = await connect({ env })

    assert.equal(api.server, 'https://first.test:1')
  })

  test('then at home', async () => {
    using folder = testFolder()
    folder.write('.kube/config', kubeconfigOf({ url: 'https://home.test:1', token: 't' }))

    using api = await connect({ env: { HOME: folder.path } })

    assert.equal(api.server, 'https://home.test:1')
  })

  test('and where there are none, it says so and what to do', async () => {
    using folder = testFolder()

    const message = await problemOf(connect({ env: { HOME: folder.path } }))

    assert.match(message, /^there is no kubeconfig: .*KUBECONFIG is not set.*; name the file/)
  })
})

describe('a kubeconfig that cannot be used is told by what is wrong', () => {
  const good = kubeconfigOf({ url: 'https://a.test:1', token: 'secret-token' })
  const changed = (facts: object) => JSON.stringify({ ...(JSON.parse(good) as object), ...facts })
  const server = (url: string) => changed({ clusters: [{ name: 'test', cluster: { server: url } }] })
  const rows: readonly (readonly [string, string, Parts, RegExp])[] = [
    [
      'no current context',
      changed({ 'current-context': '' }),
      {},
      /has no current context; choose one of "test" with/,
    ],
    ['a context that is not there', good, { context: 'other' }, /has no context "other"; it has "test"$/],
    [
      'a cluster that is not there',
      changed({ clusters: [] }),
      {},
      /the cluster that context "test" names does not exist/,
    ],
    [
      'text that is no YAML',
      'users:\n- name: a\n  user: {token: "secret-token',
      {},
      /is not YAML.*: line \d+ cannot be read/,
    ],
    ['a list', '[]', {}, /is not YAML with "clusters"/],
    [
      'a cluster without a server',
      changed({ clusters: [{ name: 'test', cluster: {} }] }),
      {},
      /server is missing/,
    ],
    ['a server that is no URL', server('a.test'), {}, /"a.test" is no URL/],
    ['a server without TLS', server('http://10.1.2.3:80'), {}, /would get our credentials without TLS/],
  ]
  for (const [what, text, parts, expected] of rows) {
    test(what, async () => {
      using folder = testFolder()

      const message = await problemOf(connect({ ...parts, kubeconfig: folder.write('config', text) }))

      assert.match(message, expected)
      assert.doesNotMatch(message, /secret-token/)
    })
  }

  test('a file that is not there', async () => {
    assert.match(
      await problemOf(connect({ kubeconfig: '/none/config' })),
      /"\/none\/config" cannot be read: ENOENT/,
    )
  })
})

describe('401 (expired token)', () => {
  test('the token file is read again at once, and the request is made a second time', async () => {
    await using fake = await FakeApiServer.start()
    using folder = testFolder()
    const token = folder.write('token', 'fake-token\n')
    const config = JSON.parse(kubeconfigOf({ url: fake.url, token: '' })) as Record<string, unknown>
    const users = [{ name: 'test', user: { tokenFile: token } }]
    using api = await connect({ kubeconfig: folder.write('config', JSON.stringify({ ...config, users })) })
    await api.request('GET', path)

    for (const next of ['second', 'third', 'fourth']) {
      fake.tokens.clear()
      fake.tokens.add(next)
      folder.write('token', next)
      await api.request('GET', path)
    }

    assert.equal(fake.requests.length, 1 + 3 * 2)
  })

  test('each minute the token file is read again, before the old one expires', async () => {
    await using fake = await FakeApiServer.start()
    fake.tokens.add('next')
    using folder = testFolder()
    const token = folder.write('token', 'fake-token')
    const config = JSON.parse(kubeconfigOf({ url: fake.url, token: '' })) as Record<string, unknown>
    const users = [{ name: 'test', user: { tokenFile: token } }]
    const clock = new FakeClock()
    using api = await connect({
      kubeconfig: folder.write('config', JSON.stringify({ ...config, users })),
      clock,
    })
    folder.write('token', 'next')

    clock.advance(60_000)
    await api.request('GET', path)
    fake.tokens.delete('fake-token')
    await api.request('GET', path)

    assert.equal(fake.requests.length, 2)
  })

  test('when fresh credentials do not help, it is told once', async () => {
    await using fake = await FakeApiServer.start()
    fake.tokens.clear()
    using folder = testFolder()
    using api = await connect({
      kubeconfig: folder.write('config', kubeconfigOf({ url: fake.url, token: 't' })),
    })

    const { status, message } = await failureOf(api)

    assert.equal(status, 401)
    assert.match(message, /does not accept our credentials \(401\); renew the token/)
    assert.equal(fake.requests.length, 2)
  })

  test('a kubeconfig that cannot be read again leaves the credentials that work', async () => {
    await using fake = await FakeApiServer.start()
    using folder = testFolder()
    const file = folder.write('config', kubeconfigOf({ url: fake.url, token: 'fake-token' }))
    const clock = new FakeClock()
    using api = await connect({ kubeconfig: file, clock })
    folder.write('config', 'nonsense: [')

    clock.advance(60_000)

    await api.request('GET', path)
  })
})
