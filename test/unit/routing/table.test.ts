import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Route } from '../../../src/model/route.ts'
import { buildTable, decide, matchedPath, updateTable } from '../../../src/routing/table.ts'
import { answer, exact, prefix, regex, route, segments, tableOf, view } from './routes.ts'

/** Routes of one path kind each, so that a path says which of them takes it. */
const byPath = [
  route({ id: 'api', path: segments('/api') }),
  route({ id: 'slash', path: segments('/dir/') }),
  route({ id: 'text', path: prefix('/img') }),
  route({ id: 'exact', path: exact('/only') }),
  route({ id: 'regex', path: regex('/user/[0-9]+') }),
]

/** More than the few that are asked one by one, so that the index answers. */
const filler = Array.from({ length: 20 }, (_, i) => route({ id: `f${i}`, path: segments(`/filler${i}`) }))

for (const [size, routes] of [
  ['a few routes', byPath],
  ['many routes', [...byPath, ...filler]],
] as const) {
  describe(`a host with ${size}`, () => {
    const table = tableOf(routes)
    for (const [path, id] of [
      ['/api', 'api'],
      ['/api/', 'api'],
      ['/api/x', 'api'],
      ['/apis', 'no_route_path'],
      ['/API', 'no_route_path'],
      ['/dir', 'slash'],
      ['/dir/', 'slash'],
      ['/dir/x', 'slash'],
      ['/dirt', 'no_route_path'],
      ['/img', 'text'],
      ['/images', 'no_route_path'],
      ['/imgs/1', 'text'],
      ['/only', 'exact'],
      ['/only/', 'no_route_path'],
      ['/user/17', 'regex'],
      ['/user/17/x', 'no_route_path'],
      ['/x/user/17', 'no_route_path'],
      ['/', 'no_route_path'],
    ] as const) {
      test(`sends ${path} to ${id}`, () => {
        assert.equal(answer(table, view({ path })), id)
      })
    }

    test('says that a path is there when only its conditions fail', () => {
      const more = [...routes, route({ id: 'post', path: segments('/form'), methods: ['POST'] })]

      assert.equal(answer(tableOf(more), view({ path: '/form' })), 'no_route_match')
      assert.equal(answer(tableOf(more), view({ path: '/form', method: 'POST' })), 'post')
    })

    test('goes on to a shorter prefix when the conditions of the longer one fail', () => {
      const more = [...routes, route({ id: 'post', path: segments('/api/form'), methods: ['POST'] })]

      assert.equal(answer(tableOf(more), view({ path: '/api/form' })), 'api')
    })
  })
}

describe('the host table', () => {
  const table = tableOf([
    route({ id: 'exact', hosts: ['b.a.test'] }),
    route({ id: 'one', hosts: ['*.a.test'] }),
    route({ id: 'any', hosts: ['**.a.test'] }),
    route({ id: 'ipv6', hosts: ['[::1]'] }),
  ])
  for (const [host, id] of [
    ['b.a.test', 'exact'],
    ['c.a.test', 'one'],
    ['c.b.a.test', 'any'],
    ['d.c.b.a.test', 'any'],
    ['a.test', 'no_route_host'],
    ['xa.test', 'no_route_host'],
    ['.a.test', 'no_route_host'],
    ['[::1]', 'ipv6'],
    ['', 'no_route_host'],
    ['constructor', 'no_route_host'],
    ['__proto__', 'no_route_host'],
  ] as const) {
    test(`sends "${host}" to ${id}`, () => {
      assert.equal(answer(table, view({ host })), id)
    })
  }

  test('does not fall back to a less specific host when the owner has no fitting route', () => {
    const routes = [
      route({ id: 'api', hosts: ['b.a.test'], path: segments('/api') }),
      route({ id: 'all', hosts: ['*.a.test', '*'] }),
    ]

    assert.equal(answer(tableOf(routes), view({ host: 'b.a.test', path: '/web' })), 'no_route_path')
    assert.equal(answer(tableOf(routes), view({ host: 'c.a.test', path: '/web' })), 'all')
  })

  test('lets a less specific host own the request when the more specific one stands on other listeners', () => {
    const routes = [
      route({ id: 'admin', hosts: ['b.a.test'], listeners: ['admin'] }),
      route({ id: 'all', hosts: ['**.test'] }),
    ]

    assert.equal(answer(tableOf(routes), view({ host: 'b.a.test' })), 'all')
    assert.equal(answer(tableOf(routes), view({ host: 'b.a.test', listener: 'admin' })), 'admin')
  })

  test('compiles a route once for all its hosts', () => {
    const built: string[] = []
    const routes = [route({ id: 'r', hosts: ['a.test', 'b.test', 'a.test'] })]

    const table = buildTable(routes, (one: Route) => built.push(one.id))

    assert.deepEqual(built, ['r'])
    assert.equal(decide(table, view({ host: 'b.test' })).kind, 'route')
  })
})

describe('matchedPath', () => {
  for (const [path, asked, matched] of [
    [segments('/api'), '/api/x', '/api'],
    [segments('/api/'), '/api/x', '/api'],
    [segments('/'), '/x', '/'],
    [prefix('/im'), '/img', '/im'],
    [exact('/x'), '/x', '/x'],
    [regex('/[a-z]'), '/x', '/x'],
  ] as const) {
    test(`of ${path.kind} ${path.value} and ${asked} is ${matched}`, () => {
      const decision = decide(tableOf([route({ id: 'r', path })]), view({ path: asked }))

      assert.equal(decision.kind === 'route' && matchedPath(decision, asked), matched)
    })
  }
})

describe('updateTable', () => {
  test('takes out the last route of a host and the host with it', () => {
    const table = tableOf([route({ id: 'r', hosts: ['b.a.test'] }), route({ id: 'all', hosts: ['*'] })])

    const changed = updateTable(table, { put: [], removed: ['r', 'unknown'] }, (one) => one.id)

    assert.equal(answer(changed, view({ host: 'b.a.test' })), 'all')
    assert.equal(answer(table, view({ host: 'b.a.test' })), 'r')
  })

  test('moves a route from host to host', () => {
    const table = tableOf([route({ id: 'r', hosts: ['*.a.test', 'b.test'] })])

    const changed = updateTable(
      table,
      { put: [route({ id: 'r', hosts: ['b.test', '**.c.test'] })], removed: [] },
      (one) => one.id,
    )

    assert.equal(answer(changed, view({ host: 'x.a.test' })), 'no_route_host')
    assert.equal(answer(changed, view({ host: 'b.test' })), 'r')
    assert.equal(answer(changed, view({ host: 'x.y.c.test' })), 'r')
  })

  test('grows a host from few routes to many and back', () => {
    const few = tableOf(byPath)

    const many = updateTable(few, { put: filler, removed: [] }, (one) => one.id)
    const again = updateTable(many, { put: [], removed: filler.map((one) => one.id) }, (one) => one.id)

    assert.equal(answer(many, view({ path: '/filler7/x' })), 'f7')
    assert.equal(answer(many, view({ path: '/api/x' })), 'api')
    assert.equal(answer(again, view({ path: '/filler7/x' })), 'no_route_path')
    assert.equal(answer(again, view({ path: '/api/x' })), 'api')
  })
})

describe('a change of a host with many routes', () => {
  test('takes an exact path out', () => {
    const table = tableOf([...byPath, ...filler])

    const changed = updateTable(table, { put: [], removed: ['exact'] }, (one) => one.id)

    assert.equal(answer(changed, view({ path: '/only' })), 'no_route_path')
    assert.equal(answer(table, view({ path: '/only' })), 'exact')
  })

  test('lets it stand on another listener', () => {
    const table = tableOf(filler.map((one) => ({ ...one, match: { ...one.match, listeners: ['admin'] } })))

    const changed = updateTable(
      table,
      { put: [route({ id: 'web', listeners: ['web'] })], removed: [] },
      (one) => one.id,
    )

    assert.equal(answer(table, view()), 'no_route_host')
    assert.equal(answer(changed, view()), 'web')
  })

  test('keeps the routes that did not change as they are', () => {
    const table = tableOf([...byPath, ...filler])
    const before = decide(table, view({ path: '/filler7' }))

    const changed = updateTable(
      table,
      { put: [route({ id: 'f8', path: segments('/new') })], removed: [] },
      (one) => one.id,
    )

    assert.equal(decide(changed, view({ path: '/filler7' })), before)
    assert.equal(answer(changed, view({ path: '/filler8' })), 'no_route_path')
    assert.equal(answer(changed, view({ path: '/new' })), 'f8')
  })
})

describe('a check', () => {
  const é = Buffer.from('é', 'utf8').toString('latin1')

  test('compares what the operator wrote with the UTF-8 bytes on the wire', () => {
    const value = { kind: 'exact', value: 'é' } as const
    const routes = [
      route({ id: 'header', path: segments('/h'), headers: [{ name: 'x', value }] }),
      route({ id: 'cookie', path: segments('/c'), cookies: [{ name: 'x', value }] }),
      route({ id: 'query', path: segments('/q'), query: [{ name: 'x', value }] }),
    ]
    const table = tableOf(routes)

    assert.equal(answer(table, view({ path: '/h', headers: { x: é } })), 'header')
    assert.equal(answer(table, view({ path: '/h', headers: { x: '\xe9' } })), 'no_route_match')
    assert.equal(answer(table, view({ path: '/c', headers: { cookie: `x=${é}` } })), 'cookie')
    assert.equal(answer(table, view({ path: '/q', query: 'x=%C3%A9' })), 'query')
  })

  test('with a regex fails closed on a value above 8 KiB', () => {
    const table = tableOf([
      route({ id: 'r', headers: [{ name: 'x', value: { kind: 'regex', value: 'a*' } }] }),
    ])

    assert.equal(answer(table, view({ headers: { x: 'a'.repeat(8192) } })), 'r')
    assert.equal(answer(table, view({ headers: { x: 'a'.repeat(8193) } })), 'no_route_match')
  })

  test('of the client sees IPv4 inside IPv6, and nobody behind a unix socket', () => {
    const table = tableOf([route({ id: 'r', clients: ['10.0.0.0/8'] })])

    assert.equal(answer(table, view({ clientAddress: '::ffff:10.0.0.9' })), 'r')
    assert.equal(answer(table, view({ clientAddress: '' })), 'no_route_match')
  })
})
