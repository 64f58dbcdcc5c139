import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { applyDifference, difference } from '../../../src/control/difference.ts'
import { MaterialVault } from '../../../src/control/material-vault.ts'
import type { Model } from '../../../src/model/model.ts'
import { translateStandalone } from '../../../src/translate/standalone.ts'
import { FakeMaterials } from '../../support/fake-materials.ts'
import { fileOf, modelOf, noSecrets } from '../../support/model.ts'

const text = `
listeners: [{ name: web, address: ":8080" }]
routes:
  - { hosts: [a.test], to: a }
  - { hosts: [b.test], to: b }
clusters:
  a: { endpoints: [10.0.0.1:80] }
  b: { endpoints: [10.0.0.2:80] }
`
const before = modelOf(text)

function changed(from: string, to: string): ReturnType<typeof difference> {
  return difference(before, modelOf(text.replace(from, to), before))
}

describe('a difference', () => {
  test('is nothing between models that say the same, wherever their lines are', () => {
    assert.equal(changed('routes:', '\n\nroutes: # more lines'), undefined)
  })

  test('from nothing holds everything', () => {
    const all = difference(undefined, before)

    assert.deepEqual(all?.routes.put, before.routes)
    assert.deepEqual(all?.clusters.put, before.clusters)
    assert.equal(all?.from, '')
  })

  test('of an inserted route holds that route alone', () => {
    const one = changed('routes:', 'routes:\n  - { hosts: [x.test], to: a }')

    assert.deepEqual(
      one?.routes.put.map(({ id }) => id),
      ['x.test/'],
    )
    assert.deepEqual(
      [one?.routes.removed, one?.clusters, one?.listeners],
      [[], { put: [], removed: [] }, { put: [], removed: [] }],
    )
  })

  test('of a route that got a condition holds the new one and the id of the old one', () => {
    const one = changed('{ hosts: [a.test],', '{ hosts: [a.test], path: /x,')

    assert.deepEqual(
      one?.routes.put.map(({ id }) => id),
      ['a.test/x'],
    )
    assert.deepEqual(one?.routes.removed, ['a.test/'])
  })

  test('of an endpoint holds its cluster, with the hash it had', () => {
    const one = changed('10.0.0.2', '10.0.0.9')

    assert.deepEqual(
      one?.clusters.put.map(({ id, hash }) => [id, hash]),
      [['b', before.clusters[1]?.hash]],
    )
    assert.deepEqual(one?.routes, { put: [], removed: [] })
  })

  test('of a setting holds the settings and no piece', () => {
    const one = changed('listeners:', 'drain: { timeout: 5s }\nlisteners:')

    assert.equal(one?.settings.drain.timeout, 5000)
    assert.deepEqual(one?.listeners.put, [])
  })
})

describe('materials in a difference', () => {
  const listener = (cert: string) =>
    `listeners:\n  - { name: web, address: ":1", tls: { certificates: [{ cert: ${cert}.crt, key: a.key }] } }\n`
  const translated = (text: string) => {
    const surroundings = { ...noSecrets, materials: new FakeMaterials() }
    const { model, materials } = translateStandalone([fileOf(text)], surroundings)
    assert.ok(model)
    return { model, materials }
  }
  const one = translated(listener('one'))
  const two = translated(listener('two'))

  test('are those that the model before does not name, and the ids of those that are not named any more', () => {
    const step = difference(one.model, two.model, [...one.materials, ...two.materials])

    assert.deepEqual(step?.materials, { put: two.materials, removed: one.materials.map(({ id }) => id) })
  })

  test('are none when only lines moved: places of certificates are not compared', () => {
    const moved = translated(`# a line\n\n${listener('one')}`)

    assert.equal(difference(one.model, moved.model, moved.materials), undefined)
  })

  test('that are missing are a mistake of ours', () => {
    assert.throws(() => difference(one.model, two.model, []), /comes with the model/)
  })

  test('of a whole model come from the vault, which forgets what no model in force names', () => {
    const vault = new MaterialVault()
    for (const { model, materials } of [one, two]) {
      const step = difference(undefined, model, materials)
      assert.ok(step)
      vault.put(step)
    }
    const before = [vault.whole(one.model).materials.put, vault.whole(two.model).materials.put]
    vault.keepOnly(two.model)

    assert.deepEqual(before, [one.materials, two.materials])
    assert.throws(() => vault.whole(one.model), /comes with the model/)
  })
})

describe('applying a difference', () => {
  test('is refused on another model than it starts from', () => {
    const one = changed('10.0.0.2', '10.0.0.9')
    assert.ok(one)

    assert.throws(() => applyDifference(undefined, one), /starts from/)
  })

  test('freezes what came over a process boundary', () => {
    const all = difference(undefined, before)
    assert.ok(all)

    const model = applyDifference(undefined, structuredClone(all))
    assert.ok(Object.isFrozen(model.routes[0]?.match.path))
  })
})

const route = fc.record({
  host: fc.integer({ min: 0, max: 8 }),
  path: fc.integer({ min: 0, max: 2 }),
  to: fc.constantFrom('a', 'b'),
})
const config = fc.record({
  routes: fc.array(route, { maxLength: 12 }),
  ports: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
  endpoints: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
  workers: fc.integer({ min: 1, max: 3 }),
})

type Config = Parameters<typeof textOf>[0]

function textOf(value: {
  routes: { host: number; path: number; to: string }[]
  ports: number[]
  endpoints: number[]
  workers: number
}): string {
  return JSON.stringify({
    listeners: value.ports.map((port) => ({ name: `l${port}`, address: `:${port}` })),
    routes: value.routes.map(({ host, path, to }) => ({ hosts: [`h${host}.test`], path: `/${path}`, to })),
    clusters: {
      a: { endpoints: value.endpoints.map((number) => `10.0.0.${number}:80`) },
      b: { endpoints: ['10.0.0.1:80'] },
    },
    workers: value.workers,
  })
}

/** Origins may lag behind: they are not part of a difference. */
function withoutOrigins(model: Model): unknown {
  return JSON.parse(JSON.stringify(model, (key, value) => (key === 'origin' ? undefined : value)))
}

describe('differences of random models', () => {
  test('lead from any model to any other, one after the other', () => {
    fc.assert(
      fc.property(fc.array(config, { minLength: 1, maxLength: 5 }), (configs: Config[]) => {
        let model: Model | undefined
        for (const value of configs) {
          const next = modelOf(textOf(value), model)
          const step = difference(model, next)
          if (step !== undefined) model = applyDifference(model, structuredClone(step))
          assert.deepEqual(withoutOrigins(model ?? next), withoutOrigins(next))
        }
      }),
      { numRuns: 150 },
    )
  })
})
