import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HealthCheck } from '../../../src/model/cluster.ts'
import { Cluster } from '../../../src/upstream/cluster.ts'
import { clusterSpec, endpoint, fakeDeps } from '../../support/clusters.ts'

const check: HealthCheck = {
  kind: 'http',
  path: '/healthz',
  host: '',
  statuses: [],
  interval: 1_000,
  timeout: 200,
  healthyAfter: 2,
  unhealthyAfter: 3,
}

/** A cluster of one endpoint whose checks come to what `answers.next` says. */
function setUp(health: HealthCheck | undefined = check, hosts = ['10.0.0.1']) {
  const { clock, deps, events } = fakeDeps()
  const answers = { next: '', asked: [] as { key: string; at: number }[], hang: false }
  const spec = clusterSpec({ health, endpoints: hosts.map((host) => endpoint(host)) })
  const cluster = new Cluster(spec, {
    ...deps,
    probe: ({ authority }, signal) => {
      answers.asked.push({ key: authority, at: clock.now() })
      if (!answers.hang) return Promise.resolve(answers.next)
      const { promise, resolve } = Promise.withResolvers<string>()
      signal.addEventListener('abort', () => resolve('did not answer in time'))
      return promise
    },
  })
  cluster.apply(spec)
  const [one] = cluster.endpoints
  assert.ok(one)
  return { clock, events, cluster, spec, answers, one }
}

describe('active health checks', () => {
  test('an endpoint is usable until the first check says no, and that decides alone', async () => {
    const { clock, answers, one } = setUp()
    assert.equal(one.usable, true)
    answers.next = 'answered 503'
    await clock.advanceAsync(300)

    assert.equal(one.state, 'unhealthy')
    assert.equal(one.cause, 'health check: answered 503')
  })

  test('it takes the configured number of failures, and of passes, in a row', async () => {
    const { clock, answers, one } = setUp()
    const states: string[] = []
    await clock.advanceAsync(300)
    for (const next of ['x', 'x', '', 'x', 'x', 'x', '', 'x', '', '']) {
      answers.next = next
      const asked = answers.asked.length
      while (answers.asked.length === asked) await clock.advanceAsync(100)
      states.push(one.state === 'healthy' ? '+' : '-')
    }

    assert.equal(states.join(''), '+++++----+')
  })

  test('changes are reported with both states', async () => {
    const { clock, events } = setUp()
    await clock.advanceAsync(300)

    assert.deepEqual(
      events.filter((event) => event.kind === 'endpoint').map(({ from, to }) => [from, to]),
      [['unchecked', 'healthy']],
    )
  })

  test('a check that gets no answer in time fails', async () => {
    const { clock, answers, one } = setUp()
    answers.hang = true
    await clock.advanceAsync(460)

    assert.equal(one.cause, 'health check: did not answer in time')
  })

  test('intervals differ by up to a tenth either way', async () => {
    const { clock, answers } = setUp()
    await clock.advanceAsync(60_000)

    const gaps = answers.asked.slice(1).map(({ at }, i) => at - (answers.asked[i]?.at ?? 0))
    assert.ok(Math.min(...gaps) >= 900 && Math.max(...gaps) <= 1_100)
    assert.ok(Math.max(...gaps) - Math.min(...gaps) > 100)
  })

  test('endpoints that come are checked and those that went are not', async () => {
    const { clock, cluster, spec, answers } = setUp()
    await clock.advanceAsync(300)
    cluster.apply({ ...spec, endpoints: [endpoint('10.0.0.2')] })
    answers.asked.length = 0
    await clock.advanceAsync(5_000)

    assert.deepEqual(new Set(answers.asked.map(({ key }) => key)), new Set(['10.0.0.2:80']))
  })

  test('a change of something else disturbs no check, and one of the check keeps the findings', async () => {
    const { clock, cluster, spec, answers, one } = setUp()
    answers.next = 'x'
    await clock.advanceAsync(300)
    cluster.apply({ ...spec, hash: '2', slowStart: 5 })
    assert.equal(one.state, 'unhealthy')
    cluster.apply({ ...spec, hash: '3', health: { ...check, path: '/other' } })

    assert.equal(one.state, 'unhealthy')
  })

  test('without checks an endpoint is usable again', async () => {
    const { clock, cluster, spec, answers, one } = setUp()
    answers.next = 'x'
    await clock.advanceAsync(300)
    cluster.apply({ ...spec, health: undefined })

    assert.equal(one.state, 'unchecked')
    assert.equal(clock.waiting, 0)
  })

  test('what is under way when the cluster ends changes nothing any more', async () => {
    const { clock, cluster, answers, events } = setUp()
    answers.hang = true
    await clock.advanceAsync(260)
    assert.equal(answers.asked.length, 1)
    cluster.close()
    await clock.advanceAsync(10_000)

    assert.equal(events.filter((event) => event.kind === 'endpoint').length, 0)
    assert.equal(answers.asked.length, 1)
    assert.equal(clock.waiting, 0)
  })
})
