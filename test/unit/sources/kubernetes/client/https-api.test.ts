import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError } from '../../../../../src/sources/kubernetes/api.ts'
import { connectKubernetes } from '../../../../../src/sources/kubernetes/connect.ts'
import { issue, makeCa } from '../../../../support/certificates.ts'
import { FakeClock } from '../../../../support/fake-clock.ts'
import { type TestFolder, testFolder } from '../../../../support/folder.ts'
import { freePort } from '../../../../support/free-port.ts'
import { kubeconfigOf } from '../../../../support/kubernetes/connection.ts'
import {
  type FakeAnswer,
  FakeApiServer,
  type FakeOptions,
} from '../../../../support/kubernetes/fake-api-server.ts'

const path = '/api/v1/configmaps'
const watchPath = `${path}?watch=1&resourceVersion=100`

class Stage implements AsyncDisposable {
  readonly fake: FakeApiServer
  readonly api: Awaited<ReturnType<typeof connectKubernetes>>
  readonly clock: FakeClock
  readonly #folder: TestFolder

  private constructor(fake: FakeApiServer, api: Stage['api'], clock: FakeClock, folder: TestFolder) {
    this.fake = fake
    this.api = api
    this.clock = clock
    this.#folder = folder
  }

  static async make(options: FakeOptions = {}, ca?: string): Promise<Stage> {
    const fake = await FakeApiServer.start(options)
    const folder = testFolder()
    const clock = new FakeClock()
    const trust = ca === undefined ? {} : { ca }
    const kubeconfig = folder.write('config', kubeconfigOf({ url: fake.url, token: 'fake-token', ...trust }))
    const api = await connectKubernetes({ kubeconfig, context: undefined }, { env: {}, clock })
    return new Stage(fake, api, clock, folder)
  }

  answer(answer: FakeAnswer): void {
    this.fake.intercept = () => answer
  }

  async failure(): Promise<ApiError> {
    const error: unknown = await this.api.request('GET', path).catch((error: unknown) => error)
    assert.ok(error instanceof ApiError)
    return error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.api[Symbol.dispose]()
    await this.fake[Symbol.asyncDispose]()
    this.#folder[Symbol.dispose]()
  }
}

const never = new AbortController().signal

describe('a request', () => {
  test('uses one connection after the other', async () => {
    await using stage = await Stage.make()

    await stage.api.request('GET', path)
    await stage.api.request('GET', path)
    await stage.api.request('GET', path)

    assert.equal(stage.fake.connections, 1)
  })

  test('is made again when an idle connection turns out to be closed', async () => {
    await using stage = await Stage.make()
    await stage.api.request('GET', path)
    let isFirst = true
    stage.fake.intercept = () => {
      if (isFirst) stage.fake.sever()
      isFirst = false
      return undefined
    }

    await stage.api.request('GET', path)

    assert.equal(stage.fake.requests.length, 3)
  })

  test('is told by status and reason, and how long to stay away', async () => {
    await using stage = await Stage.make()
    const body = JSON.stringify({ kind: 'Status', reason: 'TooManyRequests', message: 'slow "down"' })
    stage.answer({ status: 429, headers: { 'retry-after': '7' }, body })

    const { status, reason, retryAfter, message } = await stage.failure()

    assert.deepEqual([status, reason, retryAfter], [429, 'TooManyRequests', 7000])
    assert.equal(message, 'GET "/api/v1/configmaps" failed with 429: "slow \\"down\\""')
  })

  test('that is not allowed names what was asked and what the server said', async () => {
    await using stage = await Stage.make()
    stage.fake.allows = () => false

    assert.match(
      (await stage.failure()).message,
      /^GET "\/api\/v1\/configmaps" is not allowed \(403\): "configmaps is/,
    )
  })

  const bodies: readonly (readonly [string, FakeAnswer, string])[] = [
    ['that is not JSON', { status: 200, body: '<html>' }, 'NotJson'],
    ['cut in the middle', { status: 200, body: '{"items":[' }, 'NotJson'],
  ]
  for (const [what, answer, reason] of bodies) {
    test(`with an answer ${what} fails and nothing else`, async () => {
      await using stage = await Stage.make()
      stage.answer(answer)

      assert.deepEqual([(await stage.failure()).status, (await stage.failure()).reason], [0, reason])
    })
  }

  test('with an answer that does not end is cut off', async () => {
    await using stage = await Stage.make()
    stage.answer({ status: 200, body: 'x'.repeat(65 * 1024 * 1024) })

    assert.equal((await stage.failure()).reason, 'AnswerTooLarge')
  })

  test('that is not answered in time fails', async () => {
    await using stage = await Stage.make()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    stage.fake.intercept = () => promise
    const failed = stage.failure()
    await stage.fake.until(() => stage.fake.requests.length === 1)

    stage.clock.advance(30_000)

    assert.match((await failed).message, /answered "\/api\/v1\/configmaps" not within 30 s$/)
    assert.equal(stage.clock.waiting, 0)
    resolve(undefined)
  })

  test('to where nobody listens says so', async () => {
    using folder = testFolder()
    const kubeconfig = folder.write(
      'config',
      kubeconfigOf({ url: `https://127.0.0.1:${await freePort()}`, token: 't' }),
    )
    using api = await connectKubernetes(
      { kubeconfig, context: undefined },
      { env: {}, clock: new FakeClock() },
    )

    const error: unknown = await api.request('GET', path).catch((error: unknown) => error)

    assert.match(
      String(error),
      /the API server https:.* cannot be reached: it refused the connection; check the address/,
    )
  })
})

describe('apiserver CA rotation', () => {
  test('a certificate of an authority that is not known is told as that', async () => {
    const pair = issue(makeCa(), { altNames: ['IP:127.0.0.1'] })
    await using stage = await Stage.make({ tls: { cert: pair.pem, key: pair.keyPem } }, makeCa().pem)

    assert.match(
      (await stage.failure()).message,
      /^the certificate of the API server .* is not trusted: .*; check the certificate authority/,
    )
  })

  test('the authority is read again when the certificate is not trusted any more', async () => {
    const [before, after] = [makeCa(), makeCa()]
    const pair = issue(after, { altNames: ['IP:127.0.0.1'] })
    await using fake = await FakeApiServer.start({ tls: { cert: pair.pem, key: pair.keyPem } })
    using folder = testFolder()
    const config = JSON.parse(kubeconfigOf({ url: fake.url, token: 'fake-token' })) as Record<string, unknown>
    const clusters = [{ name: 'test', cluster: { server: fake.url, 'certificate-authority': 'ca.crt' } }]
    folder.write('ca.crt', before.pem)
    const kubeconfig = folder.write('config', JSON.stringify({ ...config, clusters }))
    using api = await connectKubernetes(
      { kubeconfig, context: undefined },
      { env: {}, clock: new FakeClock() },
    )
    folder.write('ca.crt', after.pem)

    await api.request('GET', path)

    assert.equal(fake.requests.length, 1)
  })
})

describe('a watch', () => {
  test('on which much happens is read in breaths, and tells everything in order', async () => {
    await using stage = await Stage.make()
    const heard: string[] = []
    let onHeard = () => {}
    const until = (count: number): Promise<void> =>
      new Promise((resolve) => {
        onHeard = () => {
          if (heard.length >= count) resolve()
        }
        onHeard()
      })
    const onLine = (line: unknown): void => {
      heard.push((line as { object: { metadata: { name: string } } }).object.metadata.name)
      onHeard()
    }
    void stage.api.watch(watchPath, onLine, { silence: 75_000, signal: never })
    await stage.fake.until(() => stage.fake.watched.length === 1)
    const put = (name: string) => stage.fake.store.create(path, { metadata: { namespace: 'shop', name } })

    put('a')
    await until(1)
    put('b')
    await until(2)
    for (const name of ['c', 'd', 'e']) put(name)
    await stage.api.request('GET', path)
    assert.deepEqual(heard, ['a', 'b'])
    stage.clock.advance(25)
    await until(5)

    assert.deepEqual(heard, ['a', 'b', 'c', 'd', 'e'])
  })

  test('hears lines however they are cut, and ends as the stream does', async () => {
    await using stage = await Stage.make()
    const heard: unknown[] = []
    const ended = stage.api.watch(watchPath, (line) => heard.push(line), { silence: 75_000, signal: never })
    await stage.fake.until(() => stage.fake.watched.length === 1)

    stage.fake.say('configmaps', '{"type":"A"}\n{"type":"B"}\nno JSON')
    stage.fake.closeWatches()

    assert.equal(await ended, 'closed')
    assert.deepEqual(heard, [{ type: 'A' }, { type: 'B' }, undefined])
  })

  for (const [what, lose, why] of [
    ['is reset', (fake: FakeApiServer) => fake.sever(), '"read ECONNRESET"'],
    ['is closed in mid answer', (fake: FakeApiServer) => fake.hangUp(), 'closed in mid answer'],
  ] as const) {
    test(`whose connection ${what} is broken, and says why`, async () => {
      await using stage = await Stage.make()
      const ended = stage.api.watch(watchPath, () => {}, {
        silence: 75_000,
        signal: never,
        onOpen: () => lose(stage.fake),
      })

      assert.deepEqual(await ended, { broken: why })
    })
  }

  test('without a byte for too long (silently dead, half open) ends as silent', async () => {
    await using stage = await Stage.make()
    stage.fake.watches = 'stalled'
    const opened = Promise.withResolvers<void>()
    const ended = stage.api.watch(watchPath, () => {}, {
      silence: 75_000,
      signal: never,
      onOpen: opened.resolve,
    })
    await opened.promise

    stage.clock.advance(75_000)

    assert.equal(await ended, 'silent')
    assert.equal(stage.clock.waiting, 0)
  })

  test('whose server does not even answer ends as silent', async () => {
    await using stage = await Stage.make()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    stage.fake.intercept = () => promise
    const ended = stage.api.watch(watchPath, () => {}, { silence: 75_000, signal: never })
    await stage.fake.until(() => stage.fake.requests.length === 1)

    stage.clock.advance(75_000)

    assert.equal(await ended, 'silent')
    resolve(undefined)
  })

  test('hears bytes as a sign of life', async () => {
    await using stage = await Stage.make()
    const heard = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<void>()
    const ended = stage.api.watch(watchPath, () => heard.resolve(), {
      silence: 75_000,
      signal: never,
      onOpen: opened.resolve,
    })
    await opened.promise
    await stage.fake.until(() => stage.fake.watched.length === 1)
    stage.clock.advance(70_000)
    stage.fake.say('configmaps', '{}')
    await heard.promise

    stage.clock.advance(70_000)
    const waiting = stage.clock.waiting
    stage.clock.advance(5_000)

    assert.equal(waiting, 1)
    assert.equal(await ended, 'silent')
  })

  test('ends when it is told to', async () => {
    await using stage = await Stage.make()
    const end = new AbortController()
    const ended = stage.api.watch(watchPath, () => {}, {
      silence: 75_000,
      signal: end.signal,
      onOpen: () => end.abort(),
    })

    assert.equal(await ended, 'aborted')
  })

  test('that is refused is told by status', async () => {
    await using stage = await Stage.make()
    stage.answer({ status: 410, body: JSON.stringify({ kind: 'Status', reason: 'Expired' }) })

    const error: unknown = await stage.api
      .watch(watchPath, () => {}, { silence: 75_000, signal: never })
      .catch((error: unknown) => error)

    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.status, error.reason], [410, 'Expired'])
  })

  test('whose listener fails tells that error and closes the connection', async () => {
    await using stage = await Stage.make()
    const fail = () => {
      throw new Error('ours')
    }
    const ended = stage.api.watch(watchPath, fail, { silence: 75_000, signal: never })
    const failed = assert.rejects(ended, /ours/)
    await stage.fake.until(() => stage.fake.watched.length === 1)

    stage.fake.say('configmaps', '{}')

    await failed
    await stage.fake.until(() => stage.fake.watched.length === 0)
  })
})
