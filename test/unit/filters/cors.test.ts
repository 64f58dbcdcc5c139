import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RequestDraft } from '../../../src/filters/filter.ts'
import { httpOriginMatch } from '../../../src/filters/http-origin-match.ts'
import type { Cors } from '../../../src/model/filters/cors.ts'
import { filterOf, requestDraft, responseDraft } from './drafts.ts'

const match = { kind: 'prefix', value: '/', case: 'sensitive' } as const
const shop: Cors = {
  httpOrigins: ['https://shop.test', 'https://*.shop.test'],
  methods: ['PUT', 'DELETE'],
  headers: ['content-type', 'x-a'],
  exposeHeaders: ['x-b', 'x-c'],
  credentials: 'on',
  maxAge: 600_500,
  privateNetwork: 'off',
}
const anybody: Cors = {
  ...shop,
  httpOrigins: ['*'],
  methods: ['*'],
  headers: ['*'],
  exposeHeaders: ['*'],
  credentials: 'off',
  maxAge: undefined,
}

function request(method: string, fields: Readonly<Record<string, string>>): RequestDraft {
  return { ...requestDraft({ method }), field: (name) => fields[name] }
}

function preflight(origin: string, more: Readonly<Record<string, string>> = {}): RequestDraft {
  return request('OPTIONS', { origin, 'access-control-request-method': 'PUT', ...more })
}

function reply(spec: Cors, draft: RequestDraft) {
  const answer = filterOf({ kind: 'cors', ...spec }, match).onRequest?.(draft)
  return answer instanceof Promise ? assert.fail('waits') : answer
}

function response(spec: Cors, draft: RequestDraft, fields: string): readonly string[] {
  const answered = responseDraft(fields)
  filterOf({ kind: 'cors', ...spec }, match).onResponse?.(answered, draft)
  return answered.fields.split('\r\n').slice(0, -1)
}

describe('preflights', () => {
  test('are answered with what the policy allows', () => {
    const { status, reason, fields, body } = reply(shop, preflight('https://shop.test')) ?? assert.fail()

    assert.deepEqual([status, reason, body], [204, 'cors_preflight', ''])
    assert.deepEqual(fields.split('\r\n').slice(0, -1), [
      'access-control-allow-origin: https://shop.test',
      'access-control-allow-credentials: true',
      'access-control-allow-methods: PUT, DELETE',
      'access-control-allow-headers: content-type, x-a',
      'access-control-max-age: 600',
      'vary: origin',
    ])
  })

  test('of other origins are answered without leave', () => {
    const answer = reply(shop, preflight('https://evil.test'))

    assert.deepEqual([answer?.status, answer?.fields], [204, 'vary: origin\r\n'])
    assert.match(answer?.detail ?? '', /"https:\/\/evil\.test" is not allowed/)
  })

  test('get "*" where everybody may read, and nothing that depends on the origin', () => {
    assert.equal(
      reply(anybody, preflight('null'))?.fields,
      'access-control-allow-origin: *\r\naccess-control-allow-methods: *\r\naccess-control-allow-headers: *\r\n',
    )
  })

  test('ask for private networks only where the policy lets them', () => {
    const asked = preflight('https://shop.test', { 'access-control-request-private-network': 'true' })

    assert.doesNotMatch(reply(shop, asked)?.fields ?? '', /private-network/)
    assert.match(
      reply({ ...shop, privateNetwork: 'on' }, asked)?.fields ?? '',
      /access-control-allow-private-network: true\r\n/,
    )
  })

  for (const [what, draft] of [
    ['OPTIONS without access-control-request-method', request('OPTIONS', { origin: 'https://shop.test' })],
    ['OPTIONS without origin', request('OPTIONS', { 'access-control-request-method': 'PUT' })],
    ['GET with both', request('GET', { origin: 'x', 'access-control-request-method': 'PUT' })],
  ] as const) {
    test(`are not: ${what}`, () => assert.equal(reply(shop, draft), undefined))
  }
})

describe('responses', () => {
  test('carry the policy in the place of what the upstream says', () => {
    const fields = 'Access-Control-Allow-Origin: *\r\nx-b: 1\r\nACCESS-CONTROL-MAX-AGE: 9\r\n'

    assert.deepEqual(response(shop, request('GET', { origin: 'https://a.shop.test' }), fields), [
      'x-b: 1',
      'access-control-allow-origin: https://a.shop.test',
      'access-control-allow-credentials: true',
      'access-control-expose-headers: x-b, x-c',
      'vary: origin',
    ])
  })

  for (const [what, fields] of [
    ['other origins', { origin: 'https://evil.test' }],
    ['two origins in one', { origin: 'https://shop.test, https://shop.test' }],
    ['no origin', {}],
  ] as const) {
    test(`for ${what} say only that they vary`, () =>
      assert.deepEqual(response(shop, request('GET', fields), 'access-control-allow-origin: *\r\n'), [
        'vary: origin',
      ]))
  }

  for (const vary of ['Origin', 'accept, ORIGIN', '*']) {
    test(`that vary by "${vary}" do not say it twice`, () =>
      assert.deepEqual(response(shop, request('GET', {}), `vary: ${vary}\r\n`), [`vary: ${vary}`]))
  }

  test('keep what else they vary by', () => {
    assert.deepEqual(response(shop, request('GET', {}), 'vary: accept, x-origin\r\n'), [
      'vary: accept, x-origin',
      'vary: origin',
    ])
  })

  test('do not vary where everybody may read', () => {
    assert.deepEqual(response(anybody, request('GET', {}), ''), [
      'access-control-allow-origin: *',
      'access-control-expose-headers: *',
    ])
  })
})

describe('patterns of origins', () => {
  const isOne = httpOriginMatch(['https://*.a.test', 'https://*.b.test:8443', 'http://**.c.test'])

  for (const [origin, expected] of [
    ['https://x.a.test', true],
    ['https://x-1_2.a.test', true],
    ['https://a.test', false],
    ['https://.a.test', false],
    ['https://x.y.a.test', false],
    ['http://x.a.test', false],
    ['https://x.a.test:8443', false],
    ['https://x.b.test:8443', true],
    ['https://x.b.test', false],
    ['https://evil.test:443.a.test', false],
    ['https://evil.test/.a.test', false],
    ['https://x@evil.a.test', false],
    ['https://X.a.test', false],
    ['https://x.a.test.evil.test', false],
    ['http://x.c.test', true],
    ['http://x.y.z.c.test', true],
    ['http://x..c.test', false],
    ['http://.x.c.test', false],
    ['http://c.test', false],
    ['null', false],
  ] as const) {
    test(`${expected ? 'take' : 'leave'} ${origin}`, () => assert.equal(isOne(origin), expected))
  }
})
