import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Value } from 'typebox/value'
import type { AdminDeps } from '../../../src/admin/admin-deps.ts'
import { endpoints } from '../../../src/admin/endpoints.ts'
import { problemDetailsSchema } from '../../../src/admin/schemas.ts'
import { createAdmin } from '../../../src/admin/server.ts'
import { type Answer, ask, type Question } from './fixtures/ask.ts'
import { depsOf } from './fixtures/deps.ts'
import { modelOf, routeOf } from './fixtures/model.ts'

const anyPort = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const

/** Starts an admin server, asks one question, stops it. */
async function askOnce(changes: Partial<AdminDeps>, question: Question): Promise<Answer> {
  await using admin = createAdmin(depsOf(changes), { address: anyPort, token: undefined })
  return await ask(await admin.start(), question)
}

describe('the admin address answers', () => {
  const model = modelOf([routeOf('one'), routeOf('two')])
  const problems = [
    {
      severity: 'error',
      origin: { source: 'file', file: 'a.yaml', line: 3, column: 7, field: 'routes[0].to' },
      message: 'cluster "apy" does not exist',
      remedy: 'write "api"',
    },
  ] as const
  const questions: Readonly<Record<string, Omit<Question, 'path'> & { query?: string }>> = {
    explain: { query: '?url=http://a.test/' },
    explainRequest: { body: '{"url":"http://a.test/"}', headers: { 'content-type': 'application/json' } },
  }
  for (const { id, method, path, answer } of endpoints) {
    test(`${method} ${path} in the form it is described in`, async () => {
      const { query = '', ...rest } = questions[id] ?? {}

      const { status, headers, text } = await askOnce(
        { model: () => model, problems: async () => problems },
        { method, path: path + query, ...rest },
      )

      assert.equal(status, 200)
      const type = typeof answer === 'string' ? answer : 'application/json'
      assert.equal(String(headers['content-type']).split(';')[0], type)
      assert.ok(typeof answer === 'string' || Value.Check(answer, JSON.parse(text)), text)
    })
  }

  test('health and readiness apart: one that drains is alive and not ready', async () => {
    const changes = { ready: () => ({ ready: false, reasons: ['draining'] }) }

    assert.equal((await askOnce(changes, { path: '/healthz' })).status, 200)
    const { status, text } = await askOnce(changes, { path: '/readyz' })
    assert.equal(status, 503)
    assert.deepEqual(JSON.parse(text), { ready: false, reasons: ['draining'] })
  })

  test('the whole model, also a large one, without the values of secret headers', async () => {
    const edit = { remove: [], set: [['authorization', 'Basic canary']], add: [['x-a', 'shown']] } as const
    const secret = { kind: 'requestHeaders', edit } as const
    const model = modelOf(Array.from({ length: 450 }, (_, i) => routeOf(`r${i}`, i === 300 ? [secret] : [])))

    const { text } = await askOnce({ model: () => model }, { path: '/api/model' })

    const hidden = { ...edit, set: [['authorization', '[secret]']] }
    const shown = model.routes.map((route) =>
      route.id === 'r300' ? { ...route, filters: [{ ...secret, edit: hidden }] } : route,
    )
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify({ ...model, routes: shown })))
  })

  test('a HEAD without a body', async () => {
    const { status, text } = await askOnce({}, { method: 'HEAD', path: '/healthz' })

    assert.deepEqual([status, text], [200, ''])
  })

  test('the list for people, escaped and complete in itself', async () => {
    const ready = () => ({ ready: false, reasons: ['<script>alert(1)</script>'] })

    const { text } = await askOnce({ ready }, { path: '/' })

    assert.ok(text.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))
    assert.doesNotMatch(text, /<script|<link|<img|https?:/)
    assert.deepEqual(
      endpoints.filter(({ path }) => !text.includes(path)),
      [],
    )
  })
})

describe('explain gets', () => {
  const json = { 'content-type': 'application/json' }
  const post = (body: unknown) => ({
    method: 'POST',
    path: '/api/explain',
    headers: json,
    body: JSON.stringify(body),
  })
  const nothing = { from: undefined, listener: undefined }
  const table = [
    [
      'the defaults',
      { path: '/api/explain?url=http://a.test/x?y=1' },
      { method: 'GET', url: 'http://a.test/x?y=1', headers: [], ...nothing },
    ],
    [
      'headers of a query, repeated',
      { path: '/api/explain?url=http://a.test/&method=PUT&header=X-A:%201&header=x-a:2:3' },
      {
        method: 'PUT',
        url: 'http://a.test/',
        headers: [
          ['x-a', '1'],
          ['x-a', '2:3'],
        ],
        ...nothing,
      },
    ],
    [
      'headers of a body, repeated',
      post({
        url: 'https://a.test/',
        headers: { 'X-A': ['1', '2'], b: '3' },
        from: '10.0.0.1',
        listener: 'web',
      }),
      {
        method: 'GET',
        url: 'https://a.test/',
        headers: [
          ['x-a', '1'],
          ['x-a', '2'],
          ['b', '3'],
        ],
        from: '10.0.0.1',
        listener: 'web',
      },
    ],
  ] as const
  for (const [name, question, expected] of table) {
    test(name, async () => {
      const asked: unknown[] = []
      const explain = async (query: unknown) => ({ number: asked.push(query) })

      await askOnce({ explain }, question)

      assert.deepEqual(asked, [expected])
    })
  }

  const refused = [
    ['no URL', { path: '/api/explain' }, 400, /url/],
    [
      'a URL without a host',
      { path: '/api/explain?url=/x' },
      400,
      /url "\/x" is not an absolute http or https URL: write/,
    ],
    ['another scheme', { path: '/api/explain?url=file:///etc/passwd' }, 400, /not an absolute http/],
    [
      'a header without a name',
      { path: '/api/explain?url=http://a/&header=%20:x' },
      400,
      /header " " is not a header/,
    ],
    ['a header with a line end', post({ url: 'http://a/', headers: { a: 'x\r\ny' } }), 400, /header "a"/],
    ['an unknown key', { path: '/api/explain?url=http://a/&hosst=b' }, 400, /additional properties/],
    ['an unknown key in a body', post({ url: 'http://a/', hosst: 'b' }), 400, /additional properties/],
    ['a number for a text', post({ url: 1 }), 400, /url must be string/],
    ['a key of the prototype', { ...post({}), body: '{"__proto__":{"url":"http://a/"}}' }, 400, /JSON/],
    ['half of a body', { ...post({}), body: '{"url":' }, 400, /JSON/],
    [
      'a form',
      { ...post({}), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      /Media Type/,
    ],
    [
      'plain text, which other sites may send',
      { ...post({}), headers: { 'content-type': 'text/plain' } },
      415,
      /Media/,
    ],
    ['too much', post({ url: `http://a/${'x'.repeat(70_000)}` }), 413, /large/],
  ] as const
  for (const [name, question, status, detail] of refused) {
    test(`nothing and refuses ${name} with ${status}`, async () => {
      const answer = await askOnce({ explain: () => Promise.reject(new Error('asked')) }, question)

      assert.equal(answer.status, status)
      assert.match(JSON.parse(answer.text).detail, detail)
    })
  }
})

describe('every refusal of the admin address', () => {
  const table = [
    ['an unknown path', {}, { path: '/nope' }, 404],
    ['a path below a known one', {}, { path: '/metrics/x' }, 404],
    ['a malformed path', {}, { path: '/%zz' }, 400],
    ['a method that is not for the path', {}, { path: '/healthz', method: 'POST' }, 405],
    ['a strange method', {}, { path: '/api/model', method: 'DELETE' }, 405],
    ['a model that is not there', {}, { path: '/api/model' }, 503],
    [
      'an explanation that cannot be given',
      { explain: async () => undefined },
      { path: '/api/explain?url=http://a/' },
      503,
    ],
    ['a foreign host', {}, { path: '/', headers: { host: 'evil.example' } }, 421],
  ] as const
  for (const [name, changes, question, expected] of table) {
    test(`is a problem document: ${name}`, async () => {
      const { status, headers, text } = await askOnce(changes, question)

      assert.equal(status, expected)
      assert.match(String(headers['content-type']), /^application\/problem\+json/)
      assert.ok(Value.Check(problemDetailsSchema, JSON.parse(text)), text)
    })
  }

  test('tells nothing of a mistake of our own, and passes it on', async () => {
    const errors: unknown[] = []
    const mistake = new Error('canary in /secret/file')
    const changes = {
      onError: (error: unknown) => errors.push(error),
      metrics: () => Promise.reject(mistake),
    }

    const { status, text } = await askOnce(changes, { path: '/metrics' })

    assert.equal(status, 500)
    assert.ok(!text.includes('canary'))
    assert.deepEqual(errors, [mistake])
  })
})

describe('every answer of the admin address', () => {
  for (const path of ['/', '/healthz', '/metrics', '/api/version', '/nope', '/%zz']) {
    test(`${path} is safe in a browser and names no software`, async () => {
      const { headers } = await askOnce({}, { path, headers: { origin: 'https://evil.example' } })

      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['cache-control'], 'no-store')
      assert.match(String(headers['content-security-policy']), /default-src 'none'/)
      const told = Object.keys(headers).filter((name) =>
        /^(?:server|x-powered-by|access-control-.*)$/.test(name),
      )
      assert.deepEqual(told, [])
    })
  }

  test('to a preflight allows nothing', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }

    const answer = await askOnce({}, { method: 'OPTIONS', path: '/api/explain', headers })

    assert.equal(answer.status, 405)
    assert.deepEqual(
      Object.keys(answer.headers).filter((name) => name.startsWith('access-control')),
      [],
    )
  })
})
