import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readingOf, reasonsOf, told } from './reading.ts'

describe('an annotation of ours that says the same as one of ingress-nginx wins, and that is told:', () => {
  for (const [loser, annotations] of [
    ['whitelist-source-range', { 'n:whitelist-source-range': '10.0.0.0/8', 't:clients': '[0.0.0.0/0]' }],
    ['allowlist-source-range', { 'n:allowlist-source-range': '10.0.0.0/8', 't:clients': '[0.0.0.0/0]' }],
    ['rewrite-target', { 'n:rewrite-target': '/x', 't:rewrite': '/y' }],
    ['rewrite-target', { 'n:rewrite-target': '/x', 't:filters': '[{ rewrite: { path: { prefix: /y } } }]' }],
    [
      'permanent-redirect',
      { 'n:permanent-redirect': 'https://x.test', 't:filters': '[{ redirect: { host: y.test } }]' },
    ],
    ['enable-cors', { 'n:enable-cors': 'true', 't:filters': '[{ cors: { origins: [https://a.test] } }]' }],
  ] as const) {
    test(JSON.stringify(annotations), () => {
      const read = readingOf(annotations, { compat: 'ingress-nginx' })

      assert.deepEqual(reasonsOf(read), [`AnnotationDiffers n:${loser}`])
      assert.match(told(read).join(), /"tidegate.dev\/\w+" say the same thing, and the latter holds/)
    })
  }

  test('nothing where they say different things', () => {
    const filters = '[{ rewrite: { host: x.test } }, { responseHeaders: { remove: [x-a] } }]'
    const annotations = { 'n:rewrite-target': '/x', 'n:enable-cors': 'true', 't:filters': filters }

    assert.deepEqual(reasonsOf(readingOf(annotations, { compat: 'ingress-nginx' })), [])
  })
})

describe('of CORS that is given in both ways', () => {
  const ours = '[{ cors: { origins: [https://a.test] } }]'
  const origins = (...[annotations, defaults]: readonly Readonly<Record<string, string>>[]) => {
    const { route } = readingOf(annotations ?? {}, defaults === undefined ? {} : { defaults })
    return route.filters.flatMap((filter) => (filter.kind === 'cors' ? [filter.httpOrigins] : []))
  }

  test('ours alone is in force on one object', () => {
    assert.deepEqual(origins({ 'n:enable-cors': 'true', 't:filters': ours }), [['https://a.test']])
  })

  test('ours on the object wins over the other of its class', () => {
    assert.deepEqual(origins({ 't:filters': ours }, { 'n:enable-cors': 'true' }), [['https://a.test']])
  })

  test('the other on the object is asked before ours of its class', () => {
    assert.deepEqual(origins({ 'n:enable-cors': 'true' }, { 't:filters': ours })[0], ['*'])
  })
})
