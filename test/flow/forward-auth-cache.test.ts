import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { renderMetrics } from '../../src/telemetry/exposition.ts'
import { ask, getRequest } from '../support/ask.ts'
import { value, values } from '../support/message-reader.ts'
import { answer, Origin, type OriginRequest, reset } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, until } from '../support/raw-client.ts'

const auth = await Origin.start()

function guarded(path: string, cache: object, more: object = {}) {
  const forwardAuth = { to: 'auth', upstreamHeaders: ['x-user'], identityHeader: 'x-user', cache, ...more }
  return { path, to: 'origin', filters: [{ forwardAuth }] }
}

const byToken = [{ header: 'authorization' }]
const p = await plainGateway({
  routes: [
    guarded('/in', { key: byToken, ttl: '1h' }),
    guarded('/other', { key: byToken, ttl: '1h' }),
    guarded('/short', { key: byToken, ttl: '1ms' }),
    guarded('/denials', { key: byToken, ttl: '1h', denials: '1h' }, { signIn: { url: '/login' } }),
    guarded('/uri', { key: [...byToken, 'uri', 'method'], ttl: '1h' }),
    guarded('/shared', { key: byToken, ttl: '1ms' }),
  ],
  clusters: { auth: { endpoints: [auth.address], outlier: { consecutiveFailures: 'none' } } },
})
const { origin, gateway, port } = p

let tokens = 0
/** Credentials that no test has used before. */
function newToken(): string {
  return `Authorization: Bearer ${++tokens}\r\n`
}

function get(target: string, fields = '') {
  return ask(port, getRequest(target, fields))
}

const allows = { onRequest: () => answer(200, 'welcome', 'x-user: ann\r\nx-other: no\r\n') }

function says(text: string | readonly (string | typeof reset)[]) {
  return { onRequest: () => text }
}

/** Allowed, denied, unavailable, remembered, shared. */
async function counts(): Promise<readonly number[]> {
  const text = await renderMetrics(gateway.metrics.snapshot())
  const names = [
    'verdict="allowed"',
    'verdict="denied"',
    'verdict="unavailable"',
    'how="remembered"',
    'how="shared"',
  ]
  return names.map((label) =>
    Number(
      new RegExp(`^tidegate_auth_verdicts\\w*\\{cluster="auth",${label}\\} (\\d+)$`, 'm').exec(text)?.[1] ??
        0,
    ),
  )
}

describe('verdicts that forwardAuth remembers', () => {
  after(async () => {
    await p[Symbol.asyncDispose]()
    await auth[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    auth.forget()
    origin.forget()
    gateway.outcomes.length = 0
  })

  test('serve the same credentials again, with the headers of the answer', async () => {
    const token = newToken()
    auth.script = allows
    await get('/in/a', token)
    await get('/in/b', `${token}X-User: root\r\n`)

    assert.deepEqual([auth.requests.length, origin.requests.length], [1, 2])
    assert.deepEqual(
      origin.requests.map(({ fields }) => values(fields, 'x-user')),
      [['ann'], ['ann']],
    )
  })

  test('serve nobody else, no other route, and nobody without credentials', async () => {
    const token = newToken()
    auth.script = allows
    await get('/in', token)
    auth.script = says(answer(403, 'no'))

    const got = [await get('/in', newToken()), await get('/other', token), await get('/in'), await get('/in')]

    assert.deepEqual(
      got.map(({ status }) => status),
      [403, 403, 403, 403],
    )
    assert.equal(auth.requests.length, 5)
  })

  test('end with their time', async () => {
    const token = newToken()
    auth.script = allows
    await get('/short', token)
    auth.script = says(answer(403, 'no'))

    let status = 200
    while (status === 200) ({ status } = await get('/short', token))
    assert.equal(status, 403)
  })

  test('are told apart by everything that the key says', async () => {
    const token = newToken()
    auth.script = allows
    await get('/uri/a?x=1', token)
    await get('/uri/a?x=1', token)
    await get('/uri/a?x=2', token)
    await ask(port, `HEAD /uri/a?x=1 HTTP/1.1\r\nHost: a.test\r\n${token}\r\n`)

    assert.equal(auth.requests.length, 3)
  })

  test('are those that let pass, unless denials are asked for', async () => {
    const token = newToken()
    auth.script = says(answer(401, 'who?', 'www-authenticate: Bearer\r\n'))
    for (const path of ['/in', '/in', '/denials/a', '/denials/b']) await get(path, token)

    assert.equal(auth.requests.length, 3)
  })

  test('of a denial send every client back to where it wanted to go', async () => {
    const token = newToken()
    auth.script = says(answer(401, 'who?'))
    await get('/denials/a', token)
    const { status, message } = await get('/denials/b', token)

    const back = encodeURIComponent('http://a.test/denials/b')
    assert.deepEqual([status, value(message, 'location')], [302, `/login?rd=${back}`])
  })

  test('of a denial keep its body and its headers', async () => {
    const token = newToken()
    auth.script = says(answer(403, 'not yours', 'content-type: text/x\r\nx-inner: 1\r\n'))
    await get('/denials', token)
    auth.script = says([reset])
    const { status, body, message } = await get('/denials', token)

    assert.deepEqual(
      [status, body, value(message, 'content-type'), value(message, 'x-inner')],
      [403, 'not yours', 'text/x', undefined],
    )
  })

  for (const [what, script] of [
    ['a server that does not answer', says([reset])],
    ['a 500', says(answer(500, ''))],
    ['a 404', says(answer(404, ''))],
    ['no-store', says(answer(200, '', 'cache-control: no-store\r\n'))],
    ['no-cache', says(answer(200, '', 'cache-control: max-age=60, No-Cache\r\n'))],
    ['private', says(answer(200, '', 'cache-control: private\r\n'))],
    ['max-age=0', says(answer(200, '', 'cache-control: max-age=0\r\n'))],
    ['s-maxage=0', says(answer(200, '', 'cache-control: max-age=60, s-maxage=0\r\n'))],
    ['a cookie for the client', says(answer(200, '', 'set-cookie: a=1\r\n'))],
  ] as const) {
    test(`are never those of ${what}`, async () => {
      const token = newToken()
      auth.script = script
      await get('/denials', token)
      const asked = auth.requests.length
      auth.script = allows
      const { status } = await get('/denials', token)

      assert.deepEqual([status, auth.requests.length], [200, asked + 1])
    })
  }

  test('are asked for once by many at the same time', async () => {
    const held = Promise.withResolvers<void>()
    auth.script = { onRequest: () => [held.promise, answer(200, '', 'x-user: ann\r\n')] }
    const token = newToken()
    const asking = Array.from({ length: 20 }, () => get('/shared', token))
    await until(() => gateway.gateway.counts().requests === 20, 'all have come')
    held.resolve()

    const got = await Promise.all(asking)
    assert.deepEqual([auth.requests.length, got.every(({ status }) => status === 200)], [1, true])
    assert.ok(origin.requests.every((request) => value(request, 'x-user') === 'ann'))
  })

  test('are counted, with those that needed no question', async () => {
    const before = await counts()
    const held = Promise.withResolvers<void>()
    auth.script = { onRequest: () => [held.promise, answer(200, '')] }
    const token = newToken()
    const asking = Array.from({ length: 3 }, () => get('/in', token))
    await until(() => gateway.gateway.counts().requests === 3, 'all have come')
    held.resolve()
    await Promise.all(asking)
    await get('/in', token)
    auth.script = says(answer(401, ''))
    await get('/in', newToken())
    auth.script = says([reset])
    await get('/in', newToken())

    const after = await counts()
    assert.deepEqual(
      after.map((count, i) => count - (before[i] ?? 0)),
      [4, 1, 1, 1, 2],
    )
  })

  test('come to the others when the client that asked first has gone', async () => {
    const held = Promise.withResolvers<void>()
    auth.script = { onRequest: () => [held.promise, answer(200, '', 'x-user: ann\r\n')] }
    const token = newToken()
    const first = await RawClient.connect(port)
    first.send(getRequest('/shared', token))
    await until(() => auth.requests.length === 1, 'the question has come')
    const second = get('/shared', token)
    await until(() => gateway.gateway.counts().requests === 2, 'the second waits')

    first.reset()
    await gateway.outcome()
    held.resolve()

    assert.deepEqual([(await second).status, auth.requests.length], [200, 1])
  })

  test('are not waited for when all clients have gone, and asked for anew by the next', async () => {
    auth.script = { onRequest: () => [new Promise(() => {})] }
    const token = newToken()
    const client = await RawClient.connect(port)
    client.send(getRequest('/shared', token))
    await until(() => auth.requests.length === 1, 'the question has come')

    client.reset()

    await until(() => !(auth.requests[0] as OriginRequest).stillOpen(), 'the question is ended')
    auth.script = allows
    assert.equal((await get('/shared', token)).status, 200)
    const cluster = gateway.gateway.registry.cluster('auth')
    assert.deepEqual([cluster?.activeRequests, cluster?.endpoints[0]?.active], [0, 0])
  })

  test('that are meant for one client are not given to those who wait with it', async () => {
    const held = Promise.withResolvers<void>()
    let times = 0
    auth.script = {
      onRequest: () => {
        times++
        return [held.promise, answer(200, '', `set-cookie: n=${times}\r\n`)]
      },
    }
    const token = newToken()
    const asking = Array.from({ length: 3 }, () => get('/shared', token))
    await until(() => gateway.gateway.counts().requests === 3, 'all have come')
    held.resolve()

    const cookies = (await Promise.all(asking)).map(({ message }) => value(message, 'set-cookie'))
    assert.deepEqual([new Set(cookies).size, times], [3, 3])
  })

  test('that are not remembered are not given to those who wait with it either', async () => {
    const held = Promise.withResolvers<void>()
    auth.script = {
      onRequest: ({ fields }) => {
        const uri = fields.find(([name]) => name === 'x-forwarded-uri')?.[1]
        return [held.promise, answer(302, '', `location: /login?to=${uri}\r\n`)]
      },
    }
    const token = newToken()
    const asking = ['/in/a', '/in/b', '/in/c'].map((target) => get(target, token))
    await until(() => gateway.gateway.counts().requests === 3, 'all have come')
    held.resolve()

    assert.deepEqual(
      (await Promise.all(asking)).map(({ message }) => value(message, 'location')),
      ['/login?to=/in/a', '/login?to=/in/b', '/login?to=/in/c'],
    )
  })
})
