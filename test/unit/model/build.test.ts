import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { buildModel, distinctIds, type Parts } from '../../../src/model/build.ts'
import { modelOf } from '../../support/model.ts'

const base = `
listeners: [{ name: web, address: ":8080" }]
routes:
  - { hosts: [a.test], to: a }
  - { hosts: [b.test], to: a }
clusters:
  a: { endpoints: [10.0.0.1:80] }
`

describe('a model', () => {
  test('is frozen to its leaves', () => {
    const model = modelOf(base)

    const [route] = model.routes
    for (const part of [
      model,
      model.settings.admin,
      model.listeners,
      model.routes,
      route?.match.path,
      route?.origin,
    ]) {
      assert.ok(Object.isFrozen(part))
    }
  })

  test('survives JSON', () => {
    const model = modelOf(base)

    assert.deepEqual(JSON.parse(JSON.stringify(model)), JSON.parse(JSON.stringify(structuredClone(model))))
  })

  test('has listeners and clusters in the order of their names', () => {
    const model = modelOf(`
listeners: [{ name: z, address: ":1" }, { name: a, address: ":2" }]
clusters: { z: { endpoints: [10.0.0.1:80] }, B: { endpoints: [10.0.0.1:80] }, a: { endpoints: [10.0.0.1:80] } }`)

    assert.deepEqual(
      [...model.listeners, ...model.clusters].map(({ id }) => id),
      ['a', 'z', 'B', 'a', 'z'],
    )
  })
})

describe('the hash of a model', () => {
  const { hash } = modelOf(base)
  for (const [what, text] of [
    ['a comment', `# hello\n${base}`],
    [
      'flow or block style',
      base.replace('{ hosts: [b.test], to: a }', '\n      hosts: [b.test]\n      to: a'),
    ],
    ['a default that is written out', base.replace('to: a }', 'to: a, path: / }')],
    ['another unit', base.replace('to: a }', 'to: a, timeouts: { perTry: 60000ms } }')],
  ] as const) {
    test(`does not depend on ${what}`, () => {
      assert.equal(modelOf(text).hash, hash)
    })
  }

  for (const [what, text] of [
    ['a path', base.replace('to: a }', 'to: a, path: /x }')],
    [
      'the order of routes',
      base.replaceAll('a.test', 'c.test').replace('b.test', 'a.test').replace('c.test', 'b.test'),
    ],
    ['an endpoint', base.replace('10.0.0.1', '10.0.0.2')],
    ['a setting', `${base}\nworkers: 2`],
    ['a name', base.replace('name: web', 'name: edge')],
  ] as const) {
    test(`depends on ${what}`, () => {
      assert.notEqual(modelOf(text).hash, hash)
    })
  }

  test('is the same whatever the model was before', () => {
    const inserted = base.replace(
      '  - { hosts: [b.test]',
      '  - { hosts: [x.test], to: a }\n  - { hosts: [b.test]',
    )

    assert.equal(modelOf(inserted, modelOf(base)).hash, modelOf(inserted).hash)
  })

  test('of a cluster leaves its endpoints out', () => {
    const other = modelOf(base.replace('10.0.0.1', '10.0.0.2'))

    assert.equal(other.clusters[0]?.hash, modelOf(base).clusters[0]?.hash)
  })

  test('of a route does not change when another is inserted before it', () => {
    const before = modelOf(base)
    const after = modelOf(base.replace('routes:', 'routes:\n  - { hosts: [x.test], to: a }'), before)

    const hashes = new Set(after.routes.map((route) => route.hash))
    assert.ok(before.routes.every((route) => hashes.has(route.hash)))
  })
})

describe('distinctIds', () => {
  for (const [ids, expected] of [
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      ['a', 'a', 'a'],
      ['a', 'a#2', 'a#3'],
    ],
    [
      ['a', 'a', 'a#2'],
      ['a', 'a#3', 'a#2'],
    ],
    [
      ['a#2', 'a', 'a'],
      ['a#2', 'a', 'a#3'],
    ],
  ] as const) {
    test(`${ids.join(' ')} become ${expected.join(' ')}`, () => {
      assert.deepEqual(distinctIds(ids), expected)
    })
  }
})

describe('building a model again', () => {
  const { settings, routes, clusters } = modelOf(base)
  const parts: Parts = {
    settings,
    listeners: [],
    routes: routes.map(({ origin, ...content }) => ({ origin, content })),
    clusters: clusters.map(({ origin, ...content }) => ({ origin, content })),
  }

  test('gives the same routes and clusters for contents that it has seen', () => {
    const first = buildModel(parts, new Map())

    const second = buildModel(parts, new Map())

    assert.deepEqual(second, first)
    assert.ok(second.routes.every((route, index) => route === first.routes[index]))
    assert.ok(second.clusters.every((cluster, index) => cluster === first.clusters[index]))
  })

  test('gives another route when its rank or its place is another', () => {
    const first = buildModel(parts, new Map())
    const moved = parts.routes.map(({ origin, content }) => ({ origin: { ...origin, line: 99 }, content }))

    const second = buildModel({ ...parts, routes: moved.toReversed() }, new Map())

    assert.deepEqual(
      second.routes.map(({ hosts, origin, rank }) => [hosts[0], origin.line, rank]),
      [
        ['b.test', 99, 1],
        ['a.test', 99, 2],
      ],
    )
    assert.deepEqual(
      first.routes.map(({ rank }) => rank),
      [1, 2],
    )
  })

  test('tells other endpoints by its hash, and not by that of the cluster', () => {
    const first = buildModel(parts, new Map())
    const [cluster] = parts.clusters
    assert.ok(cluster !== undefined)
    const content = { ...cluster.content, endpoints: [] }

    const second = buildModel({ ...parts, clusters: [{ ...cluster, content }] }, new Map())

    assert.notEqual(second.hash, first.hash)
    assert.equal(second.clusters[0]?.hash, first.clusters[0]?.hash)
  })
})
