import assert from 'node:assert/strict'
import { after, afterEach, describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { type Config, startGateway } from '../support/gateway.ts'
import { value } from '../support/message-reader.ts'
import { answer, fin, Origin, reset } from '../support/origin.ts'
import { until } from '../support/raw-client.ts'

const good = await Origin.start({ onRequest: () => answer(200, 'good') })
const bad = await Origin.start()
/** A port where nobody listens. */
const gone = await Origin.start().then(async (origin) => {
  const { address } = origin
  await origin[Symbol.asyncDispose]()
  return address
})

async function gatewayOf(endpoints: readonly string[], route: Config = {}, cluster: Config = {}) {
  return startGateway({
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ to: 'c', ...route }],
    clusters: {
      c: { endpoints, balance: 'round-robin', outlier: { consecutiveFailures: 'none' }, ...cluster },
    },
  })
}

after(async () => {
  await good[Symbol.asyncDispose]()
  await bad[Symbol.asyncDispose]()
})

describe('retries by default', () => {
  afterEach(() => {
    bad.script = {}
    bad.forget()
    good.forget()
  })

  for (const request of [getRequest('/'), postRequest('/', 'body')]) {
    const method = request.split(' ', 1)[0]

    test(`tries another endpoint for ${method} when one refuses the connection`, async () => {
      await using gateway = await gatewayOf([gone, good.address])

      const answers = [await ask(gateway.port(), request), await ask(gateway.port(), request)]

      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200],
      )
    })
  }

  test('sends a body again that had not left yet', async () => {
    await using gateway = await gatewayOf([gone, good.address])

    await ask(gateway.port(), postRequest('/', 'the body'))
    await ask(gateway.port(), postRequest('/', 'the body'))

    assert.deepEqual(
      good.requests.map(({ bytes }) => bytes),
      [8, 8],
    )
  })

  test('answers 503 when every endpoint refuses', async () => {
    await using gateway = await gatewayOf([gone])

    const { status } = await ask(gateway.port(), getRequest('/'))

    assert.deepEqual(
      [status, (await gateway.outcome()).reason, (await gateway.outcome()).attempts],
      [503, 'upstream_connect', 3],
    )
  })

  for (const [name, step] of [
    ['FIN', fin],
    ['a reset', reset],
  ] as const) {
    test(`sends a GET again when the kept connection ends without an answer by ${name}`, async () => {
      bad.script = {
        onRequest: (request) =>
          request.target === '/stale' && bad.requests.length === 2 ? [step] : answer(200, 'ok'),
      }
      await using gateway = await gatewayOf([bad.address])
      await ask(gateway.port(), getRequest('/first'))

      const { status } = await ask(gateway.port(), getRequest('/stale'))

      assert.deepEqual([status, (await gateway.outcome(1)).attempts], [200, 2])
    })
  }

  test('tries a fresh connection after a kept one, not another kept one', async () => {
    bad.script = {
      onRequest: (request) =>
        request.target === '/stale' && request.connection < 3 ? [fin] : [turn(), answer(200, 'ok')],
    }
    await using gateway = await gatewayOf([bad.address])
    await Promise.all([1, 2, 3].map((n) => ask(gateway.port(), getRequest(`/${n}`))))

    const { status } = await ask(gateway.port(), getRequest('/stale'))

    assert.deepEqual([new Set(bad.requests.slice(0, 3).map((r) => r.connection)).size, status], [3, 200])
  })

  test('never sends a POST again that was written', async () => {
    bad.script = { onRequest: (request) => (request.method === 'POST' ? [fin] : answer(200, 'ok')) }
    await using gateway = await gatewayOf([bad.address])
    await ask(gateway.port(), getRequest('/first'))

    const { status } = await ask(gateway.port(), postRequest('/', 'body'))

    assert.deepEqual([status, bad.requests.filter(({ method }) => method === 'POST').length], [502, 1])
  })

  test('sends a GET once when a fresh connection ends without an answer', async () => {
    bad.script = { onRequest: () => [fin] }
    await using gateway = await gatewayOf([bad.address])

    const { status } = await ask(gateway.port(), getRequest('/'))

    assert.deepEqual([status, bad.requests.length], [502, 1])
  })

  test('never sends again once a byte of the answer came', async () => {
    bad.script = {
      onRequest: (request) => (request.target === '/half' ? ['HTTP/1.1 2', turn(), fin] : answer(200, 'ok')),
    }
    await using gateway = await gatewayOf([bad.address])
    await ask(gateway.port(), getRequest('/first'))

    const { status } = await ask(gateway.port(), getRequest('/half'))

    assert.deepEqual([status, bad.requests.length], [502, 2])
  })

  test('keeps the request id of a request that is sent again', async () => {
    bad.script = {
      onRequest: (request) =>
        request.target === '/stale' && bad.requests.length === 2 ? [fin] : answer(200, 'ok'),
    }
    await using gateway = await gatewayOf([bad.address])
    await ask(gateway.port(), getRequest('/first'))
    await ask(gateway.port(), getRequest('/stale'))

    const ids = bad.requests
      .filter(({ target }) => target === '/stale')
      .map((request) => value(request, 'x-request-id'))

    assert.deepEqual([ids.length, new Set(ids).size], [2, 1])
  })
})

describe('retries by configuration', () => {
  afterEach(() => {
    bad.script = {}
    bad.forget()
    good.forget()
  })

  const budget = { percent: 100, minimum: 100 }
  const backoff = { base: '1ms', max: '1ms' }

  test('sends a GET to another endpoint after a reset on a fresh connection', async () => {
    bad.script = { onRequest: () => [reset] }
    await using gateway = await gatewayOf([bad.address, good.address], {
      retry: { on: ['reset'], budget, backoff },
    })

    const answers = [await ask(gateway.port(), getRequest('/1')), await ask(gateway.port(), getRequest('/2'))]

    assert.deepEqual(
      answers.map(({ body }) => body),
      ['good', 'good'],
    )
  })

  test('sends a GET again after a listed status', async () => {
    bad.script = { onRequest: () => answer(503, 'busy') }
    await using gateway = await gatewayOf([bad.address, good.address], {
      retry: { on: ['status'], statuses: [503], budget, backoff },
    })

    const answers = [await ask(gateway.port(), getRequest('/1')), await ask(gateway.port(), getRequest('/2'))]

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    )
  })

  test('passes the status on when the attempts are used up', async () => {
    bad.script = { onRequest: () => answer(503, 'busy') }
    await using gateway = await gatewayOf([bad.address], {
      retry: { on: ['status'], attempts: 2, budget, backoff },
    })

    const { status, body } = await ask(gateway.port(), getRequest('/'))

    assert.deepEqual([status, body, bad.requests.length], [503, 'busy', 3])
  })

  test('sends a GET again when an attempt takes too long', async () => {
    bad.script = { onRequest: () => [new Promise(() => undefined)] }
    await using gateway = await gatewayOf([bad.address, good.address], {
      retry: { on: ['timeout'], budget, backoff },
      timeouts: { perTry: '100ms' },
    })

    const answers = [await ask(gateway.port(), getRequest('/1')), await ask(gateway.port(), getRequest('/2'))]

    assert.deepEqual(
      answers.map(({ body }) => body),
      ['good', 'good'],
    )
  })

  test('never sends a POST again unless the route lists it', async () => {
    bad.script = { onRequest: () => answer(503, 'busy') }
    await using gateway = await gatewayOf([bad.address], {
      retry: { on: ['status', 'reset', 'timeout'], budget, backoff },
    })

    const { status } = await ask(gateway.port(), postRequest('/', 'body'))

    assert.deepEqual([status, bad.requests.length], [503, 1])
  })

  test('sends a POST with its body again when the route lists it', async () => {
    bad.script = { onRequest: () => answer(503, 'busy') }
    await using gateway = await gatewayOf([bad.address], {
      retry: { on: ['status'], methods: ['POST'], budget, backoff },
    })

    await ask(gateway.port(), postRequest('/', 'body'))

    assert.deepEqual(
      bad.requests.map(({ bytes }) => bytes),
      [4, 4],
    )
  })

  test('stops when the budget is spent', async () => {
    bad.script = { onRequest: () => answer(503, 'busy') }
    await using gateway = await gatewayOf([bad.address], {
      retry: { on: ['status'], attempts: 10, budget: { percent: 1, minimum: 0 }, backoff },
    })

    await ask(gateway.port(), getRequest('/'))

    assert.ok(bad.requests.length <= 2, `${bad.requests.length} attempts`)
  })

  test('closes the connection whose answer was given up', async () => {
    bad.script = { onRequest: () => 'HTTP/1.1 503 Busy\r\ncontent-length: 100\r\n\r\nbus' }
    await using gateway = await gatewayOf([bad.address, good.address], {
      retry: { on: ['status'], budget, backoff },
    })

    await ask(gateway.port(), getRequest('/1'))
    await ask(gateway.port(), getRequest('/2'))
    await until(
      () => bad.requests.length > 0 && bad.requests.every((request) => !request.stillOpen()),
      'the connection is gone',
    )

    assert.equal(gateway.outcomes.length, 2)
  })
})

/** A moment in which other requests arrive. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
