import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StickyCookie } from '../../../src/model/cluster.ts'
import { Cluster } from '../../../src/upstream/cluster.ts'
import { clusterSpec, fakeDeps, view } from '../../support/clusters.ts'

const cookie: StickyCookie = { name: 'tg', path: '/', maxAgeSeconds: 0, secure: 'off', sameSite: 'Lax' }

function setUp(changes: Partial<StickyCookie> = {}, seed = 1) {
  const { deps } = fakeDeps(seed)
  const spec = clusterSpec({ sticky: { ...cookie, ...changes } })
  const cluster = new Cluster(spec, deps)
  cluster.apply(spec)
  const [one, two] = cluster.endpoints
  assert.ok(one && two)
  return { cluster, spec, one, two }
}

function valueOf(field: string): string {
  return /^set-cookie: tg=([\w-]{11});/.exec(field)?.[1] ?? ''
}

describe('sticky cookie', () => {
  test('brings a client back to its endpoint', () => {
    const { cluster, two } = setUp()
    const back = view({ cookie: `a=1; tg=${valueOf(cluster.stickyField(two, view()))}; b=2` })

    const picked = new Set(Array.from({ length: 20 }, () => cluster.pick(back, [])))

    assert.deepEqual(picked, new Set([two]))
    assert.equal(cluster.stickyField(two, back), '')
  })

  test('is written with its attributes', () => {
    const { cluster, one } = setUp({ path: '/shop', maxAgeSeconds: 60, secure: 'on', sameSite: 'None' })
    const field = cluster.stickyField(one, view())

    assert.match(
      field,
      /^set-cookie: tg=[\w-]{11}; Path=\/shop; Max-Age=60; HttpOnly; Secure; SameSite=None\r\n$/,
    )
  })

  test('has the same value in every process, and another one in another cluster', () => {
    const here = setUp()
    const there = setUp({}, 99)
    const other = new Cluster(clusterSpec({ id: 'other', sticky: cookie }), fakeDeps().deps)
    other.apply(other.spec)
    const [elsewhere] = other.endpoints
    assert.ok(elsewhere)

    const field = here.cluster.stickyField(here.one, view())
    assert.equal(there.cluster.stickyField(there.one, view()), field)
    assert.notEqual(other.stickyField(elsewhere, view()), field)
  })

  test('an endpoint that cannot be used is replaced, and the client is told', () => {
    const { cluster, one } = setUp()
    const back = view({ cookie: `tg=${valueOf(cluster.stickyField(one, view()))}` })
    one.setChecked('unhealthy', 'test')

    const picked = cluster.pick(back, [])

    assert.ok(picked)
    assert.notEqual(picked, one)
    assert.notEqual(cluster.stickyField(picked, back), '')
  })

  test('a retry leaves the endpoint of the cookie', () => {
    const { cluster, one } = setUp()
    const back = view({ cookie: `tg=${valueOf(cluster.stickyField(one, view()))}` })

    assert.notEqual(cluster.pick(back, [one]), one)
  })

  test('an unknown value is as good as none', () => {
    const { cluster, one } = setUp()
    const odd = view({ cookie: 'tg=nonsense' })

    assert.ok(cluster.pick(odd, []))
    assert.notEqual(cluster.stickyField(one, odd), '')
  })

  test('survives endpoints that come and go around it', () => {
    const { cluster, spec, two } = setUp()
    const back = view({ cookie: `tg=${valueOf(cluster.stickyField(two, view()))}` })
    cluster.apply({ ...spec, endpoints: spec.endpoints.slice(1) })

    assert.equal(cluster.pick(back, []), two)
  })

  test('a cluster without one writes none', () => {
    const { cluster, spec, one } = setUp()
    cluster.apply({ ...spec, sticky: undefined })

    assert.equal(cluster.stickyField(one, view()), '')
  })
})
