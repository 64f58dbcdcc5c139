import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explain } from '../../../src/routing/explain.ts'
import { printExplanation } from '../../../src/routing/print-explanation.ts'
import { exact, prefix, regex, route, segments, tableOf, type ViewParts, view } from './routes.ts'

const blue = { name: 'x-user', value: { kind: 'exact', value: 'blue' } } as const

const table = tableOf([
  route({ id: 'web', hosts: ['shop.test'], path: segments('/web'), line: 1 }),
  route({
    id: 'api',
    hosts: ['shop.test'],
    path: segments('/api'),
    methods: ['GET', 'POST'],
    headers: [blue],
    line: 2,
  }),
  route({ id: 'health', hosts: ['shop.test'], path: exact('/api/health'), line: 3 }),
  route({ id: 'images', hosts: ['*.test'], path: prefix('/img'), line: 4 }),
  route({ id: 'admin', hosts: ['admin.example'], listeners: ['admin'], line: 5 }),
  route({ id: 'deep', hosts: ['**.deep.example'], path: regex('/v[0-9]+'), line: 6 }),
  route({ id: 'one', hosts: ['*.one.example'], line: 7 }),
])

function printed(parts: ViewParts): string {
  return printExplanation(explain(table, view(parts))).join('\n')
}

describe('an explanation in text', () => {
  test('shows the whole chain of a request that finds its route', () => {
    assert.equal(
      printed({ host: 'shop.test', path: '/api/x', query: 'a=1', headers: { 'x-user': 'blue' } }),
      [
        'request   GET shop.test/api/x?a=1 on listener web from 203.0.113.7',
        'hosts     → shop.test  exact      owns the request: 3 routes',
        '            *.test     one label  not asked: a more specific host owns the request',
        '            **.test    any depth  no route names it',
        '            *          any host   no route names it',
        'routes      1.  health  exactly /api/health                                        another path',
        '          → 2.  api     /api by segment, method GET or POST, header x-user "blue"  takes the request',
        '            3.  web     /web by segment                                            not asked, another path',
        'order     path (exact, regex, longer prefix), method, more headers, more cookies, more query, longer client block, listener, order written',
        'route     api (gateway.yaml:2:3), which took "/api" of the path',
      ].join('\n'),
    )
  })

  test('says which conditions a request does not meet', () => {
    const text = printed({
      host: 'shop.test',
      path: '/api/x',
      method: 'PUT',
      headers: { 'x-user': 'r\u00e9d' },
    })

    assert.match(
      text,
      /2\. {2}api .*method: expected GET or POST, got PUT; header x-user: expected "blue", got "r/,
    )
    assert.match(text, /^no route {2}no_route_match: routes have this host and path/m)
    assert.match(text, /^nearest {3}api of host shop\.test \(gateway\.yaml:2:3\)$/m)
    assert.match(text, /^ {10}method must be GET or POST, it is PUT; header x-user must be "blue"/m)
  })

  test('escapes what a terminal would act on', () => {
    const text = printed({
      host: 'shop.test',
      path: '/x',
      query: 'a=\x9b31m',
      headers: { 'x-user': '\x1b[31m\u202e' },
    })

    assert.doesNotMatch(text, /[^\n\P{Cc}]|[\u202a-\u202e]/u)
  })
})

describe('the nearest route of a miss', () => {
  const cases: readonly (readonly [string, ViewParts, string, RegExp])[] = [
    [
      'is the one whose text goes on inside the segment',
      { host: 'shop.test', path: '/apis' },
      'api',
      /by segment "\/api" takes "\/api\/…" and not "\/apis"; by text \(prefix\) it would/,
    ],
    [
      'is the exact one when a slash is too many',
      { host: 'shop.test', path: '/api/health/' },
      'api',
      /header x-user/,
    ],
    ['is the one that differs in case', { host: 'shop.test', path: '/WEB/x' }, 'web', /with regard to case/],
    [
      'is the one with the most segments in common',
      { host: 'x.test', path: '/other' },
      'images',
      /its path is \/img… by text, the request asks for "\/other"/,
    ],
    [
      'names the listener it stands on',
      { host: 'admin.example' },
      'admin',
      /stands on listener admin, the request came in on web/,
    ],
    [
      'is a typing mistake away',
      { host: 'admni.example' },
      'admin',
      /its host is "admin\.example", the request asks for "admni\.example"/,
    ],
    [
      'says what one label means',
      { host: 'a.b.one.example' },
      'one',
      /"\*" in "\*\.one\.example" stands for exactly one label; write "\*\*\.one\.example"/,
    ],
    [
      'says that a wildcard needs a label',
      { host: 'deep.example' },
      'deep',
      /"\*\*\.deep\.example" needs a label before "deep\.example"/,
    ],
    ['shares the longest suffix', { host: 'completely.different.example' }, 'deep', /its host is/],
    [
      'says that a regex must take the whole path',
      { host: 'a.deep.example', path: '/v1/x' },
      'deep',
      /its regex "\/v\[0-9\]\+" does not take the whole of "\/v1\/x"/,
    ],
  ]
  for (const [name, parts, id, why] of cases) {
    test(name, () => {
      const { nearest } = explain(table, view(parts))

      assert.equal(nearest?.route, id)
      assert.match(nearest?.why ?? '', why)
    })
  }

  test('is told apart from a route that a less specific host has', () => {
    const explanation = explain(table, view({ host: 'shop.test', path: '/img/1' }))

    assert.equal(explanation.miss, 'no_route_path')
    assert.deepEqual(explanation.shadowed, { route: 'images', host: '*.test' })
    assert.match(
      printExplanation(explanation).join('\n'),
      /^note {6}images of host \*\.test would take it, but shop\.test owns the request, so less specific hosts are not asked$/m,
    )
  })

  test('is missing only when there are no routes', () => {
    const explanation = explain(tableOf([]), view())

    assert.equal(explanation.nearest, null)
    assert.equal(explanation.miss, 'no_route_host')
  })

  test('is found among 10,000 hosts', () => {
    const many = tableOf(
      Array.from({ length: 10_000 }, (_, i) => route({ id: `r${i}`, hosts: [`host-${i}.example.com`] })),
    )

    assert.equal(
      explain(many, view({ host: 'host-77x7.example.com' })).nearest?.host.startsWith('host-77'),
      true,
    )
  })
})

describe('an explanation of a host with many routes', () => {
  const many = tableOf(
    Array.from({ length: 500 }, (_, i) => route({ id: `r${i}`, path: segments(`/a${i}`), methods: ['GET'] })),
  )

  test('lists those whose path fits and counts the others', () => {
    const explanation = explain(many, view({ path: '/a77/x', method: 'POST' }))

    assert.deepEqual(
      explanation.candidates.map((one) => one.route),
      ['r77'],
    )
    assert.equal(explanation.omitted, 499)
    assert.equal(explanation.nearest?.route, 'r77')
    assert.match(printExplanation(explanation).join('\n'), /\(499 routes with other paths left out\)/)
  })
})
