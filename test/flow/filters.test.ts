import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { value, values } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'

function route(path: string, ...filters: readonly object[]) {
  return { path, filters, to: 'origin' }
}

function answering(path: string, ...filters: readonly object[]) {
  return { path, filters }
}

const p = await plainGateway({
  routes: [
    answering('/moved', { redirect: { status: 308, scheme: 'https', host: 'new.test' } }),
    answering('/old', { redirect: { status: 301, path: { prefix: '/new' } } }),
    answering('/away', { redirect: { path: { full: '/here' }, query: 'drop' } }),
    answering('/fixed', {
      respond: { status: 451, headers: { 'content-type': 'text/x-y', 'x-a': 'b' }, body: 'fixed\n' },
    }),
    answering('/empty', { respond: { status: 204 } }),
    answering('/unchanged', { respond: { status: 304 } }),
    answering(
      '/both-answer',
      { responseHeaders: { set: { 'x-set': 'ours' } } },
      { respond: { status: 200, body: 'x' } },
    ),
    route('/prefix', { rewrite: { path: { prefix: '/other' } } }),
    route('/root', { rewrite: { path: { prefix: '/' } } }),
    route('/full', { rewrite: { path: { full: '/all' } } }),
    route('/regex', {
      rewrite: { path: { regex: { pattern: '^/regex/(\\w+)/(\\d+)', replacement: '/$2/$1' } } },
    }),
    route('/host', { rewrite: { host: 'inner.test' } }),
    route('/edit', {
      requestHeaders: { remove: ['x-gone'], set: { 'x-set': 'ours' }, add: { 'x-add': ['1', '2'] } },
    }),
    route('/response', {
      responseHeaders: { remove: ['x-gone'], set: { 'x-set': 'ours' }, add: { 'x-add': 'more' } },
    }),
    route(
      '/both',
      { requestHeaders: { set: { 'x-order': 'first' } } },
      { requestHeaders: { set: { 'x-order': 'second' } } },
    ),
  ],
})
const { origin, port } = p

async function upstream(request: string) {
  origin.forget()
  await ask(port, request)
  return origin.requests[0]!
}

describe('filters through the gateway', () => {
  after(() => p[Symbol.asyncDispose]())

  for (const [target, status, location] of [
    ['/moved/x?y=z', 308, 'https://new.test/moved/x?y=z'],
    ['/old/x?y=z', 301, 'http://a.test/new/x?y=z'],
    ['/old', 301, 'http://a.test/new'],
    ['/away/x?y=z', 302, 'http://a.test/here'],
  ] as const) {
    test(`redirects ${target} to ${location}`, async () => {
      const { status: got, message } = await ask(port, getRequest(target))

      assert.deepEqual([got, value(message, 'location')], [status, location])
    })
  }

  test('a redirect never reaches the origin', async () => {
    origin.forget()

    await ask(port, postRequest('/moved', 'body'))

    assert.deepEqual([origin.requests.length, p.gateway.outcomes.at(-1)?.reason], [0, 'redirect'])
  })

  test('gives a fixed response with its fields, a length and a date', async () => {
    const { status, body, message } = await ask(port, getRequest('/fixed'))

    assert.deepEqual(
      [status, body, value(message, 'content-type'), value(message, 'x-a')],
      [451, 'fixed\n', 'text/x-y', 'b'],
    )
    assert.match(value(message, 'date') ?? '', /GMT$/)
  })

  test('gives a fixed response to HEAD without its body', async () => {
    const { status, body, message } = await ask(port, 'HEAD /fixed HTTP/1.1\r\nHost: a.test\r\n\r\n')

    assert.deepEqual([status, body, value(message, 'content-length')], [451, '', '6'])
  })

  for (const [path, wanted] of [
    ['/empty', 204],
    ['/unchanged', 304],
  ] as const) {
    test(`gives a fixed response ${wanted} without a body and without a length`, async () => {
      const { status, message } = await ask(port, getRequest(path))

      assert.deepEqual(
        [status, message.framing, value(message, 'content-length')],
        [wanted, 'none', undefined],
      )
    })
  }

  for (const [target, sent] of [
    ['/prefix', '/other'],
    ['/prefix/', '/other/'],
    ['/prefix/x/y?z=1', '/other/x/y?z=1'],
    ['/root', '/'],
    ['/root/', '/'],
    ['/root/x', '/x'],
    ['/root/x?y', '/x?y'],
    ['/full/x?y=1', '/all?y=1'],
    ['/regex/abc/42/z?y', '/42/abc/z?y'],
    ['/regex/none', '/regex/none'],
    ['/prefix//x/./y/../z', '/other/x/z'],
    ['/prefixed', '/prefixed'],
  ] as const) {
    test(`rewrites ${target} to ${sent}`, async () => {
      assert.equal((await upstream(getRequest(target))).target, sent)
    })
  }

  test('logs the path as it was routed, not as it was rewritten', async () => {
    await upstream(getRequest('/prefix/x'))

    assert.equal(p.gateway.outcomes.at(-1)?.path, '/prefix/x')
  })

  test('rewrites the host, and keeps the client’s in x-forwarded-host', async () => {
    const request = await upstream(getRequest('/host'))

    assert.deepEqual([value(request, 'host'), value(request, 'x-forwarded-host')], ['inner.test', 'a.test'])
  })

  test('removes, sets and adds request fields', async () => {
    const request = await upstream(
      getRequest('/edit', 'X-Gone: 1\r\nX-Set: theirs\r\nX-SET: again\r\nX-Add: 0\r\n'),
    )

    assert.deepEqual(
      ['x-gone', 'x-set', 'x-add'].map((name) => values(request.fields, name)),
      [[], ['ours'], ['0', '1', '2']],
    )
  })

  test('removes, sets and adds response fields', async () => {
    origin.script = { onRequest: () => answer(200, '', 'X-Gone: 1\r\nX-Set: theirs\r\nX-Add: 0\r\n') }

    const { message } = await ask(port, getRequest('/response'))

    assert.deepEqual(
      ['x-gone', 'x-set', 'x-add'].map((name) => values(message.fields, name)),
      [[], ['ours'], ['0', 'more']],
    )
  })

  test('edits the fields of a response that the route gives itself', async () => {
    const { message } = await ask(port, getRequest('/both-answer'))

    assert.equal(value(message, 'x-set'), 'ours')
  })

  test('runs filters in the order in which they are written', async () => {
    assert.equal(value(await upstream(getRequest('/both')), 'x-order'), 'second')
  })
})
