import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readingOf, reasonsOf } from './reading.ts'

function corsOf(annotations: Readonly<Record<string, string>>) {
  const read = readingOf({ 'n:enable-cors': 'true', ...annotations })
  return { filters: read.route.filters, reasons: reasonsOf(read), blocked: read.blocked }
}

const usual = {
  kind: 'cors',
  httpOrigins: ['*'],
  methods: ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'],
  headers: [
    'dnt',
    'keep-alive',
    'user-agent',
    'x-requested-with',
    'if-modified-since',
    'cache-control',
    'content-type',
    'range',
    'authorization',
  ],
  exposeHeaders: [],
  credentials: 'off',
  maxAge: 1_728_000_000,
  privateNetwork: 'off',
}

describe('CORS annotations of ingress-nginx', () => {
  for (const [what, annotations, expected] of [
    ['the defaults', {}, {}],
    [
      'origins, with credentials unless they are switched off',
      { 'n:cors-allow-origin': 'https://Shop.test, https://*.shop.test:8443' },
      { httpOrigins: ['https://shop.test', 'https://*.shop.test:8443'], credentials: 'on' },
    ],
    [
      'origins without credentials',
      { 'n:cors-allow-origin': 'https://a.test', 'n:cors-allow-credentials': 'false' },
      { httpOrigins: ['https://a.test'], credentials: 'off' },
    ],
    ['everybody among others', { 'n:cors-allow-origin': 'https://a.test,*' }, {}],
    ['methods', { 'n:cors-allow-methods': 'GET, put' }, { methods: ['GET', 'put'] }],
    ['headers', { 'n:cors-allow-headers': 'X-One,x-Two' }, { headers: ['x-one', 'x-two'] }],
    ['headers that may be read', { 'n:cors-expose-headers': '*, X-One' }, { exposeHeaders: ['*', 'x-one'] }],
    ['the age', { 'n:cors-max-age': '600' }, { maxAge: 600_000 }],
    [
      'no "*" where browsers would take it for a name',
      { 'n:cors-allow-origin': 'https://a.test', 'n:cors-expose-headers': '*, x-one' },
      { httpOrigins: ['https://a.test'], credentials: 'on', exposeHeaders: ['x-one'] },
    ],
  ] as const) {
    test(`say ${what}`, () => {
      assert.deepEqual(corsOf(annotations), {
        filters: [{ ...usual, ...expected }],
        reasons: [],
        blocked: undefined,
      })
    })
  }

  test('tell that credentials say nothing together with every origin', () => {
    const { filters, reasons } = corsOf({ 'n:cors-allow-credentials': 'true' })

    assert.deepEqual([filters, reasons], [[usual], ['AnnotationDiffers n:cors-allow-credentials']])
  })

  for (const [name, text] of [
    ['cors-allow-origin', 'shop.test'],
    ['cors-allow-origin', 'null'],
    ['cors-allow-methods', 'GET PUT'],
    ['cors-allow-headers', 'x-one;x-two'],
    ['cors-allow-credentials', 'maybe'],
    ['cors-max-age', '10m'],
  ] as const) {
    test(`let nobody in when ${name} is "${text}"`, () => {
      assert.deepEqual(corsOf({ [`n:${name}`]: text }), {
        filters: [],
        reasons: [`AnnotationInvalid n:${name}`],
        blocked: undefined,
      })
    })
  }

  test('say nothing unless CORS is on', () => {
    const read = readingOf({ 'n:cors-allow-origin': 'https://a.test', 'n:enable-cors': 'false' })

    assert.deepEqual([read.route.filters, read.problems], [[], []])
  })

  test('come before other filters', () => {
    const { filters } = corsOf({ 'n:x-forwarded-prefix': '/x', 't:rewrite': '/y' })

    assert.deepEqual(
      filters.map(({ kind }) => kind),
      ['cors', 'requestHeaders', 'rewrite'],
    )
  })
})
