import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { value, values } from '../support/message-reader.ts'
import { answer, chunkedAnswer, fin, Origin, type OriginRequest, reset } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, until } from '../support/raw-client.ts'

const auth = await Origin.start()
const dead = await Origin.start()
const deadAddress = dead.address
await dead[Symbol.asyncDispose]()

const usual = {
  to: 'auth',
  path: '/verify?for=shop',
  upstreamHeaders: ['x-user', 'x-groups'],
  identityHeader: 'x-user',
}

function guarded(path: string, forwardAuth: object, ...others: readonly object[]) {
  return { path, to: 'origin', filters: [{ forwardAuth: { ...usual, ...forwardAuth } }, ...others] }
}

const p = await plainGateway({
  routes: [
    guarded('/in', {}),
    guarded('/all', { requestHeaders: 'all', method: 'HEAD', host: 'auth.test' }),
    guarded('/quick', { timeout: '100ms' }),
    guarded('/small', { denialBody: '10B' }),
    guarded('/sign', { signIn: { url: 'https://login.test/start' } }),
    guarded('/own', { signIn: { url: 'https://{host}/start?rd={escapedUri}', status: 303 } }),
    guarded('/described', {
      denialHeaders: ['content-encoding', 'date', 'x-why'],
      clientHeaders: ['content-encoding', 'date', 'x-why'],
    }),
    guarded('/dead', { to: 'dead' }),
    guarded('/empty', { to: 'empty' }),
    guarded('/one', { to: 'one' }),
    {
      path: '/behind',
      filters: [{ forwardAuth: usual }, { respond: { status: 200, body: 'behind' } }],
    },
  ],
  clusters: {
    auth: { endpoints: [auth.address], outlier: { consecutiveFailures: 'none' } },
    dead: { endpoints: [deadAddress], outlier: { consecutiveFailures: 'none' } },
    empty: { endpoints: [] },
    one: { endpoints: [auth.address], limits: { requests: 1 }, outlier: { consecutiveFailures: 'none' } },
  },
})
const { origin, gateway, port } = p

function onlyQuestion(): OriginRequest {
  assert.equal(auth.requests.length, 1)
  return auth.requests[0] as OriginRequest
}

async function tell(target: string, script: (typeof auth)['script'], fields = '') {
  auth.script = script
  const got = await ask(port, getRequest(target, fields))
  const outcome = gateway.outcomes.at(-1)
  return { ...got, reason: outcome?.reason, detail: outcome?.detail ?? '' }
}

const allows = { onRequest: () => answer(200, 'welcome', 'x-user: ann\r\nx-groups: a\r\nx-other: no\r\n') }

function says(text: string | readonly (string | typeof fin | typeof reset)[]) {
  return { onRequest: () => text }
}

describe('forwardAuth', () => {
  after(async () => {
    await p[Symbol.asyncDispose]()
    await auth[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    auth.forget()
    origin.forget()
    gateway.outcomes.length = 0
  })

  test('lets a request pass on 2xx, with headers of the answer and no others', async () => {
    const { status, body } = await tell('/in/a?b=c', allows)

    const [request] = origin.requests
    assert.deepEqual([status, body, request?.target], [200, 'origin', '/in/a?b=c'])
    const names = ['x-user', 'x-groups', 'x-other']
    assert.deepEqual(
      names.map((name) => value(request as OriginRequest, name)),
      ['ann', 'a', undefined],
    )
  })

  test('tells where the request goes, who sends it, and nothing of its body', async () => {
    auth.script = allows
    const fields = 'Cookie: s=1\r\nAuthorization: Bearer t\r\nX-Secret: no\r\nContent-Type: text/plain\r\n'
    await ask(port, postRequest('/in/a%20b?c="d"', 'the body', fields))

    const question = onlyQuestion()
    assert.equal(question.startLine, 'GET /verify?for=shop HTTP/1.1')
    const told = Object.fromEntries(question.fields.map(([name, text]) => [name.toLowerCase(), text]))
    assert.deepEqual(
      { ...told, 'x-request-id': '' },
      {
        host: 'a.test',
        cookie: 's=1',
        authorization: 'Bearer t',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'a.test',
        'x-forwarded-port': String(port),
        'x-request-id': '',
        'x-original-url': 'http://a.test/in/a%20b?c=%22d%22',
        'x-original-method': 'POST',
        'x-auth-request-redirect': '/in/a%20b?c=%22d%22',
        'x-forwarded-method': 'POST',
        'x-forwarded-uri': '/in/a%20b?c=%22d%22',
        'x-sent-from': 'tidegate',
        'x-real-ip': '127.0.0.1',
      },
    )
    const [request] = origin.requests
    assert.deepEqual([request?.method, Buffer.concat(request?.pieces ?? []).toString()], ['POST', 'the body'])
  })

  test('tells all headers where it is asked to, but those that concern the upstream', async () => {
    auth.script = allows
    const fields = 'X-Api-Key: k\r\nRange: bytes=0-1\r\nIf-None-Match: "a"\r\nAccept-Encoding: gzip\r\n'
    await ask(port, getRequest('/all', fields))

    const question = onlyQuestion()
    assert.deepEqual([question.method, value(question, 'host')], ['HEAD', 'auth.test'])
    const names = ['x-api-key', 'range', 'if-none-match', 'accept-encoding']
    assert.deepEqual(
      names.map((name) => value(question, name)),
      ['k', undefined, undefined, undefined],
    )
    assert.equal(value(origin.requests[0] as OriginRequest, 'range'), 'bytes=0-1')
  })

  for (const spelling of ['X-User', 'x-user', 'X-USER']) {
    test(`never lets a ${spelling} of the client pass, whether or not the answer has one`, async () => {
      const lines = `${spelling}: root\r\n${spelling}: admin\r\nX-Groups: wheel\r\n`

      await tell('/in', allows, lines)
      await tell('/in', says(answer(204, '').replace('content-length: 0\r\n', '')), lines)

      const seen = origin.requests.map(({ fields }) => [values(fields, 'x-user'), values(fields, 'x-groups')])
      assert.deepEqual(seen, [
        [['ann'], ['a']],
        [[], []],
      ])
    })
  }

  test('never tells what the client asserts about its request', async () => {
    const names = ['x-original-url', 'x-original-method', 'x-auth-request-redirect', 'x-sent-from']
    const more = ['x-forwarded-uri', 'x-forwarded-method', 'x-real-ip', 'x-forwarded-host', 'x-original-uri']
    const lines = [...names, ...more].map((name) => `${name}: evil\r\n`).join('')

    await tell('/all', allows, lines)

    assert.doesNotMatch(onlyQuestion().head, /evil/)
  })

  test('sends cookies of an allowing answer along with the response', async () => {
    const script = says(answer(200, '', 'set-cookie: a=1\r\nset-cookie: b=2\r\nx-user: u\r\n'))

    const { message } = await tell('/in', script)

    assert.deepEqual(values(message.fields, 'set-cookie'), ['a=1', 'b=2'])
    assert.equal(value(message, 'x-user'), undefined)
  })

  test('sends them to the client that asked and to nobody after it', async () => {
    using client = await RawClient.connect(port)
    auth.script = says(answer(200, '', 'set-cookie: a=1\r\n'))
    await client.send(getRequest('/in')).response(0)
    auth.script = allows

    const second = await client.send(getRequest('/in')).response(1)
    const third = await client.send(getRequest('/')).response(2)

    assert.deepEqual([value(second, 'set-cookie'), value(third, 'set-cookie')], [undefined, undefined])
  })

  for (const [status, reason] of [
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [400, 'forbidden'],
    [429, 'forbidden'],
    [302, 'unauthorized'],
  ] as const) {
    test(`gives a ${status} to the client, and never asks the upstream`, async () => {
      const lines =
        'location: /login\r\nset-cookie: a=1\r\nwww-authenticate: Basic realm="x"\r\nx-inner: 1\r\n'
      const { message, body, ...got } = await tell(
        '/in',
        says(answer(status, 'go away', `${lines}content-type: text/plain\r\n`)),
      )

      assert.deepEqual([got.status, got.reason, body], [status, reason, 'go away'])
      assert.deepEqual(
        ['location', 'set-cookie', 'www-authenticate', 'x-inner', 'content-type'].map((name) =>
          value(message, name),
        ),
        ['/login', 'a=1', 'Basic realm="x"', undefined, 'text/plain'],
      )
      assert.equal(origin.requests.length, 0)
    })
  }

  test('answers HEAD without a body', async () => {
    auth.script = says(answer(403, 'no'))

    const { status, body } = await ask(port, 'HEAD /in HTTP/1.1\r\nHost: a.test\r\n\r\n')

    assert.deepEqual([status, body], [403, ''])
  })

  for (const [what, script, detail] of [
    ['a 500', says(answer(500, 'oops')), /answered 500/],
    ['a 404, which says that the wrong thing was asked', says(answer(404, '')), /answered 404/],
    ['a 304', says('HTTP/1.1 304 Word\r\n\r\n'), /answered 304/],
    ['a 101', says('HTTP/1.1 101 Word\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'), /answered 101/],
    ['informational responses without end', says('HTTP/1.1 103 Word\r\n\r\n'.repeat(50)), /1xx/],
    ['no HTTP', says(['SSH-2.0-x\r\n\r\n', fin]), /upstream_bad_response/],
    ['two lengths', says('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'), /bad_resp/],
    ['a broken line', says('HTTP/1.1 200 OK\r\nx-user: a\rb\r\n\r\n'), /upstream_bad_response/],
    ['a head that never ends', says(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(40_000)}`), /head_too_large/],
    ['a reset', says([reset]), /upstream_reset/],
    ['a closed connection', says([fin]), /upstream_reset/],
    ['half a body', says(['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', fin]), /upstream_incomplete/],
  ] as const) {
    test(`fails closed on ${what}`, async () => {
      const got = await tell('/in', script)

      assert.deepEqual([got.status, got.reason, origin.requests.length], [503, 'auth_unavailable', 0])
      assert.match(got.detail, detail)
      assert.doesNotMatch(got.body, /auth"|127\.0\.0\.1/)
    })
  }

  for (const [path, why] of [
    ['/dead', /upstream_connect/],
    ['/empty', /has no endpoint/],
  ] as const) {
    test(`fails closed when nobody is there: ${path}`, async () => {
      const got = await tell(path, {})

      assert.deepEqual([got.status, got.reason, origin.requests.length], [503, 'auth_unavailable', 0])
      assert.match(got.detail, why)
    })
  }

  test('fails closed on an answer that does not come in time, and gives its connection up', async () => {
    auth.script = { onRequest: () => [new Promise(() => {})] }

    const got = await ask(port, getRequest('/quick'))

    assert.deepEqual([got.status, gateway.outcomes.at(-1)?.reason], [503, 'auth_unavailable'])
    await until(() => !onlyQuestion().stillOpen(), 'the connection is closed')
    assert.equal(origin.requests.length, 0)
  })

  for (const status of [200, 403]) {
    test(`never says of another body how that of an answer with ${status} is encoded`, async () => {
      const fields = 'content-encoding: gzip\r\ndate: yesterday\r\nx-why: so\r\n'
      const { message } = await tell('/described', says(answer(status, 'packed', fields)))

      assert.deepEqual(
        [values(message.fields, 'content-encoding'), values(message.fields, 'x-why')],
        [[], ['so']],
      )
      assert.equal(values(message.fields, 'date').length, 1)
    })
  }

  test('leaves out a body that is larger than asked for, and keeps the status', async () => {
    const got = await tell('/small', says(answer(403, 'x'.repeat(200_000), 'content-type: text/x\r\n')))

    assert.equal(got.status, 403)
    assert.doesNotMatch(got.body, /xxx/)
    assert.equal(value(got.message, 'content-type'), 'text/plain; charset=utf-8')
  })

  test('lets a large body of an allowing answer be', async () => {
    const got = await tell('/small', says(chunkedAnswer(['x'.repeat(100_000), 'y'.repeat(100_000)])))

    assert.deepEqual([got.status, got.body], [200, 'origin'])
  })

  for (const [what, lines, body] of [
    ['is encoded', 'content-encoding: gzip\r\n', 'plain'],
    ['is no UTF-8', '', '\xff\xfe\x00'],
  ] as const) {
    test(`leaves out a body that ${what}`, async () => {
      const got = await tell('/in', says(answer(403, body, `${lines}content-type: text/x\r\n`)))

      assert.deepEqual([got.status, value(got.message, 'content-type')], [403, 'text/plain; charset=utf-8'])
      assert.match(got.body, /request id/)
    })
  }

  test('sends a client that gets 401 to sign in, and tells where it wanted to go', async () => {
    const { status, message, reason } = await tell(
      '/sign/a?b=c&d=e',
      says(answer(401, 'no', 'set-cookie: csrf=1\r\nlocation: /other\r\n')),
    )

    const location = `https://login.test/start?rd=${encodeURIComponent('http://a.test/sign/a?b=c&d=e')}`
    assert.deepEqual([status, reason, value(message, 'location')], [302, 'unauthorized', location])
    assert.equal(value(message, 'set-cookie'), 'csrf=1')
  })

  test('sends nobody to sign in who is forbidden', async () => {
    const { status, message } = await tell('/sign', says(answer(403, 'no')))

    assert.deepEqual([status, value(message, 'location')], [403, undefined])
  })

  test('fills in a URL to sign in, and leaves a parameter that it has alone', async () => {
    const { status, message } = await tell('/own/x?y=%0D%0A', says(answer(401, '')))

    const location = `https://a.test/start?rd=${encodeURIComponent('/own/x?y=%0D%0A')}`
    assert.deepEqual([status, value(message, 'location')], [303, location])
  })

  test('keeps connections to the server it asks', async () => {
    using client = await RawClient.connect(port)
    auth.script = allows
    for (let i = 0; i < 5; i++) await client.send(getRequest('/in')).response(i)

    assert.deepEqual(
      [auth.requests.length, new Set(auth.requests.map(({ connection }) => connection)).size],
      [5, 1],
    )
  })

  test('asks again when a kept connection had died', async () => {
    auth.script = allows
    await ask(port, getRequest('/in'))
    let times = 0
    auth.script = { onRequest: () => (++times === 1 ? [reset] : answer(200, '')) }

    const got = await ask(port, getRequest('/in'))

    assert.deepEqual([got.status, times], [200, 2])
  })

  test('answers each of many at once with its own verdict', async () => {
    auth.script = {
      onRequest: (question) =>
        value(question, 'cookie') === 'odd'
          ? answer(403, 'no')
          : answer(200, '', `x-user: ${value(question, 'cookie')}\r\n`),
    }
    const got = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const { status } = await ask(
          port,
          getRequest(`/in/${i}`, `Cookie: ${i % 2 === 1 ? 'odd' : `u${i}`}\r\n`),
        )
        return status
      }),
    )

    assert.deepEqual(
      got,
      Array.from({ length: 40 }, (_, i) => (i % 2 === 1 ? 403 : 200)),
    )
    for (const request of origin.requests) {
      assert.equal(value(request, 'x-user'), `u${request.target.slice('/in/'.length)}`)
    }
    assert.equal(origin.requests.length, 20)
  })

  test('ends the question when its client has gone, and gives back what it held', async () => {
    auth.script = { onRequest: () => [new Promise(() => {})] }
    const client = await RawClient.connect(port)
    client.send(getRequest('/one'))
    await until(() => auth.requests.length === 1, 'the question has come')

    client.reset()

    await until(() => !onlyQuestion().stillOpen(), 'the connection is closed')
    assert.equal((await gateway.outcome()).reason, 'client_closed')
    const cluster = gateway.gateway.registry.cluster('one')
    assert.deepEqual([cluster?.activeRequests, cluster?.endpoints[0]?.active], [0, 0])
    assert.equal((await tell('/one', allows)).status, 200)
  })

  test('is under the limits of the cluster it asks', async () => {
    const held = Promise.withResolvers<void>()
    auth.script = { onRequest: () => [held.promise, answer(200, '')] }
    const first = ask(port, getRequest('/one'))
    await until(() => auth.requests.length === 1, 'the question has come')

    const second = await ask(port, getRequest('/one'))

    assert.deepEqual([second.status, gateway.outcomes[0]?.detail], [503, 'cluster "one": cluster_requests'])
    held.resolve()
    assert.equal((await first).status, 200)
  })

  test('runs the filters behind it once it has let the request pass', async () => {
    assert.equal((await tell('/behind', says(answer(403, '')))).status, 403)
    assert.equal((await tell('/behind', allows)).body, 'behind')
  })

  test('holds a large body back while it asks, and brings the whole of it upstream', async () => {
    const held = Promise.withResolvers<void>()
    auth.script = { onRequest: () => [held.promise, answer(200, '')] }
    const body = 'x'.repeat(900_000)
    const asking = ask(port, postRequest('/in', body))
    await until(() => auth.requests.length === 1, 'the question has come')
    assert.equal(origin.requests.length, 0)

    held.resolve()

    assert.equal((await asking).status, 200)
    assert.equal(origin.requests[0]?.bytes, body.length)
  })

  test('refuses a client that waits for a 100 without asking for its body', async () => {
    using client = await RawClient.connect(port)
    auth.script = says(answer(403, 'no'))

    client.send('POST /in HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n')
    const { startLine } = await client.response(0)

    assert.match(startLine, / 403 /)
    assert.doesNotMatch(client.received.toString('latin1'), /100 Continue/)
  })

  test('leaves every count at zero', () => {
    const cluster = gateway.gateway.registry.cluster('auth')

    assert.deepEqual([cluster?.activeRequests, cluster?.endpoints[0]?.active, cluster?.pending], [0, 0, 0])
  })
})
