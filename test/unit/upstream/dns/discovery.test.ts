import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AddressGuard } from '../../../../src/model/cluster.ts'
import { Cluster } from '../../../../src/upstream/cluster.ts'
import type { DnsAnswer } from '../../../../src/upstream/dns/resolve.ts'
import { Registry } from '../../../../src/upstream/registry.ts'
import { clusterSpec, endpoint, FakeConnection, fakeDeps } from '../../../support/clusters.ts'

const dns = { host: 'web.test', port: 8080, interval: 30_000, minimum: 5_000 }
const absent: DnsAnswer = { kind: 'absent', cause: 'ENOTFOUND' }
const failed: DnsAnswer = { kind: 'failed', cause: 'ESERVFAIL' }

function found(ttlSeconds: number | undefined, ...addresses: string[]): DnsAnswer {
  return { kind: 'found', addresses, ttl: ttlSeconds === undefined ? undefined : ttlSeconds * 1_000 }
}

/** A cluster found by name; `state.next` is what the resolver says, `state.asked` when it was asked. */
function setUp(next: DnsAnswer, guard?: AddressGuard) {
  const { clock, deps, events } = fakeDeps()
  const state = { next, asked: [] as number[] }
  const spec = clusterSpec({ endpoints: [], dns: guard === undefined ? dns : { ...dns, guard } })
  const resolving = {
    ...deps,
    resolve: () => {
      state.asked.push(clock.now())
      return Promise.resolve(state.next)
    },
  }
  const cluster = new Cluster(spec, resolving)
  cluster.apply(spec)
  const keys = (): string[] => cluster.endpoints.map(({ key }) => key)
  const told = (): string[] =>
    events.flatMap((event) => (event.kind === 'dns' ? `${event.from} → ${event.to}` : []))
  return { clock, events, cluster, spec, state, keys, told, deps: resolving }
}

describe('DNS discovery', () => {
  test('the addresses of the name are the endpoints, in one order everywhere', async () => {
    const { clock, keys, cluster } = setUp(found(60, '10.0.0.2', '10.0.0.1', '10.0.0.2'))
    await clock.advanceAsync(0)

    assert.deepEqual(keys(), ['10.0.0.1:8080', '10.0.0.2:8080'])
    assert.equal(cluster.endpoints[0]?.authority, 'web.test:8080')
  })

  test('a guard passes over addresses of the answer that nobody may be sent to', async () => {
    const guard = { refused: ['127.0.0.0/8', '169.254.0.0/16'], allowed: ['169.254.7.0/24'] }
    const { clock, keys, state, cluster } = setUp(found(60, '127.0.0.1', '10.0.0.1', '169.254.7.1'), guard)
    await clock.advanceAsync(0)
    assert.deepEqual(keys(), ['10.0.0.1:8080', '169.254.7.1:8080'])

    state.next = found(60, '127.0.0.1', '169.254.169.254')
    await clock.advanceAsync(70_000)

    assert.deepEqual(keys(), [])
    assert.equal(cluster.describe().dns?.lastError, 'no address of the answer may be used')
  })

  for (const [what, answer, from, to] of [
    ['at its TTL', found(10, '10.0.0.1'), 10_000, 11_000],
    ['not more often than the minimum', found(0, '10.0.0.1'), 5_000, 5_500],
    ['every interval without a TTL', found(undefined, '10.0.0.1'), 30_000, 33_000],
    ['after an hour with a longer TTL', found(86_400, '10.0.0.1'), 3_600_000, 3_960_000],
  ] as const) {
    test(`asks again ${what}, up to a tenth later`, async () => {
      const { clock, state } = setUp(answer)
      await clock.advanceAsync(to + 1)

      const wait = (state.asked[1] ?? 0) - (state.asked[0] ?? 0)
      assert.ok(wait >= from && wait <= to, `${wait}`)
    })
  }

  test('addresses that come and go leave the others their connections', async () => {
    const { clock, state, cluster, keys, events } = setUp(found(10, '10.0.0.1', '10.0.0.2'))
    await clock.advanceAsync(0)
    const [, stays] = cluster.endpoints
    assert.ok(stays)
    stays.checked = 'healthy'
    state.next = found(10, '10.0.0.2', '10.0.0.3')
    await clock.advanceAsync(11_000)

    assert.deepEqual(keys(), ['10.0.0.2:8080', '10.0.0.3:8080'])
    assert.equal(cluster.endpoints[0], stays)
    assert.deepEqual(
      events.findLast((event) => event.kind === 'endpoints'),
      { kind: 'endpoints', cluster: 'web', added: ['10.0.0.3:8080'], removed: ['10.0.0.1:8080'], by: 'dns' },
    )
  })

  test('the last good answer stays as long as nobody can say better, and its age is told', async () => {
    const { clock, state, keys, cluster, told } = setUp(found(10, '10.0.0.1'))
    await clock.advanceAsync(0)
    state.next = failed
    await clock.advanceAsync(6 * 3_600_000)

    assert.deepEqual(keys(), ['10.0.0.1:8080'])
    assert.deepEqual(told(), ['pending → fresh', 'fresh → stale'])
    assert.deepEqual(cluster.describe().dns, {
      host: 'web.test',
      state: 'stale',
      addresses: 1,
      ageMs: 6 * 3_600_000,
      lastError: 'ESERVFAIL',
    })
    state.next = found(10, '10.0.0.4')
    await clock.advanceAsync(31_000)
    assert.deepEqual(keys(), ['10.0.0.4:8080'])
    assert.equal(told().at(-1), 'stale → fresh')
  })

  test('backs off between failures, with jitter, up to half a minute', async () => {
    const { clock, state } = setUp(failed)
    await clock.advanceAsync(400_000)

    const gaps = state.asked.slice(1).map((at, i) => at - (state.asked[i] ?? 0))
    const outside = gaps.filter((gap, i) => {
      const most = Math.min(30_000, 1_000 * 2 ** i)
      return gap < most / 2 || gap > most
    })
    assert.deepEqual(outside, [])
    assert.ok(new Set(gaps.slice(5)).size > 5)
  })

  test('absence is believed after three answers in a row', async () => {
    const { clock, state, keys, told } = setUp(found(10, '10.0.0.1'))
    await clock.advanceAsync(0)
    state.next = absent
    while (state.asked.length < 3) await clock.advanceAsync(100)
    assert.deepEqual(keys(), ['10.0.0.1:8080'])
    while (state.asked.length < 4) await clock.advanceAsync(100)

    assert.deepEqual(keys(), [])
    assert.deepEqual(told(), ['pending → fresh', 'fresh → stale', 'stale → gone'])
  })

  test('a good answer starts the count of absences again', async () => {
    const { clock, state, keys } = setUp(found(10, '10.0.0.1'))
    const answers = [absent, absent, found(10, '10.0.0.1'), absent, absent, failed]
    await clock.advanceAsync(0)
    for (const answer of answers) {
      const asked = state.asked.length
      state.next = answer
      while (state.asked.length === asked) await clock.advanceAsync(100)
    }

    assert.deepEqual(keys(), ['10.0.0.1:8080'])
  })

  test('a name that is gone comes back', async () => {
    const { clock, state, keys, told } = setUp(absent)
    await clock.advanceAsync(60_000)
    state.next = failed
    await clock.advanceAsync(60_000)
    state.next = found(10, '10.0.0.1')
    await clock.advanceAsync(31_000)

    assert.deepEqual(keys(), ['10.0.0.1:8080'])
    assert.deepEqual(told(), ['pending → gone', 'gone → fresh'])
  })

  test('static endpoints stand beside found ones', async () => {
    const { clock, cluster, spec, keys } = setUp(found(60, '10.0.0.2'))
    cluster.apply({ ...spec, endpoints: [endpoint('10.9.9.9')] })
    await clock.advanceAsync(0)

    assert.deepEqual(keys(), ['10.9.9.9:80', '10.0.0.2:8080'])
  })

  test('a change of something else asks nobody and keeps the connections', async () => {
    const { clock, cluster, spec, state } = setUp(found(60, '10.0.0.1'))
    await clock.advanceAsync(0)
    const [one] = cluster.endpoints
    assert.ok(one)
    const connection = new FakeConnection(one, clock.now())
    one.putIdle(connection, clock.now())
    cluster.apply({ ...spec, hash: '2', slowStart: 100 })
    await clock.advanceAsync(0)

    assert.equal(state.asked.length, 1)
    assert.equal(one.takeIdle(clock.now(), 'any'), connection)
  })

  test('another name is asked for at once, and the endpoints of the old one go', async () => {
    const { clock, cluster, spec, state, keys } = setUp(found(60, '10.0.0.1'))
    await clock.advanceAsync(0)
    state.next = found(60, '10.0.0.7')
    cluster.apply({ ...spec, dns: { ...dns, host: 'other.test' } })
    await clock.advanceAsync(0)

    assert.deepEqual(keys(), ['10.0.0.7:8080'])
  })

  test('a registry tells when every name was looked up once, whatever came of it', async () => {
    const { deps, spec, state, clock } = setUp(failed)
    const registry = new Registry(deps)
    registry.apply({ put: [spec, clusterSpec({ id: 'static' })], removed: [] })
    const before = state.asked.length

    await registry.resolved()

    assert.equal(before, 2)
    await registry[Symbol.asyncDispose]()
    assert.equal(clock.waiting, 1)
  })

  test('nothing is asked after the end', async () => {
    const { clock, cluster, state } = setUp(found(10, '10.0.0.1'))
    cluster.close()
    await clock.advanceAsync(100_000)

    assert.equal(state.asked.length, 1)
    assert.deepEqual(cluster.endpoints, [])
    assert.equal(clock.waiting, 0)
  })
})
