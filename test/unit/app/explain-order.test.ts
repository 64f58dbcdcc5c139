import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ExplainQuery } from '../../../src/admin/admin-deps.ts'
import { explainModel } from '../../../src/app/explain-file.ts'
import { explanationText } from '../../../src/cli/explain-text.ts'
import { modelOf } from '../../support/gateway.ts'

/** The route of docs/guides/filters.md. */
const model = modelOf({
  listeners: [{ name: 'web', address: '127.0.0.1:8080', trustedProxies: ['10.0.0.0/8'] }],
  routes: [
    {
      hosts: ['shop.test'],
      path: '/api',
      filters: [
        { httpsRedirect: {} },
        { cors: { origins: ['https://www.test'], methods: ['PUT'] } },
        { ipRules: { deny: ['203.0.113.0/24'] } },
        { maintenance: { except: ['198.51.100.0/24'] } },
        { forwardAuth: { to: 'login' } },
        { requestHeaders: { set: { 'x-shop': 'a' } } },
        { rewrite: { path: { prefix: '/v2' } } },
        { responseHeaders: { remove: ['server'] } },
      ],
      to: 'shop',
    },
  ],
  clusters: { shop: { endpoints: ['10.0.0.5:80'] }, login: { endpoints: ['10.0.0.6:80'] } },
})

function explained(forwardedFor: string, more: Partial<ExplainQuery> = {}, proto = 'https') {
  return explainModel(
    {
      method: 'GET',
      url: 'http://shop.test:8080/api/x',
      from: '10.0.0.1',
      listener: undefined,
      ...more,
      headers: [['x-forwarded-for', forwardedFor], ['x-forwarded-proto', proto], ...(more.headers ?? [])],
    },
    model,
  )
}

describe('an explanation of a route with eight filters', () => {
  test('names the one that answers, and those that are not reached', () => {
    const { route, outcome, reason } = explained('203.0.113.9')

    assert.deepEqual(
      route?.filters.map(({ kind, verdict }) => `${kind} ${verdict}`),
      [
        'httpsRedirect passes',
        'cors passes',
        'ipRules answers',
        'maintenance not reached',
        'forwardAuth not reached',
        'requestHeaders not reached',
        'rewrite not reached',
        'responseHeaders not reached',
      ],
    )
    assert.deepEqual(
      [outcome, reason],
      ['403 client_refused: the address "203.0.113.9" is denied', 'client_refused'],
    )
    assert.equal(route?.filters.at(-1)?.why, 'changes the answer all the same')
  })

  for (const [what, explanation, expected] of [
    ['a plain request', explained('198.51.100.1', {}, 'http'), 'redirect'],
    ['a client that is not excepted', explained('192.0.2.1'), 'maintenance'],
    [
      'a preflight',
      explained('192.0.2.1', {
        method: 'OPTIONS',
        headers: [
          ['origin', 'https://www.test'],
          ['access-control-request-method', 'PUT'],
        ],
      }),
      'cors_preflight',
    ],
  ] as const) {
    test(`says that ${what} is answered with ${expected}`, () => assert.equal(explanation.reason, expected))
  }

  test('says whom the outcome depends on, where somebody would be asked', () => {
    const { outcome, route } = explained('198.51.100.1')

    assert.match(outcome, /^forwarded to shop, unless answered by forwardAuth \(/)
    assert.equal(route?.filters[4]?.verdict, 'depends')
  })

  test('prints the order, what each would do, and what is true of its kind', () => {
    const text = explanationText(explained('203.0.113.9'))

    assert.match(text, /^filters {3}1\. httpsRedirect: 308 to https for plain requests$/m)
    assert.match(text, /^ {10}3\. ipRules: .*\n {13}answers: 403 client_refused: .*\n {13}\(may answer/m)
    assert.match(text, /\n {13}\(when it cannot decide: closed; may answer unauthorized/)
  })
})
