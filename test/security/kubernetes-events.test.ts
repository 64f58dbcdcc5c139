import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { draftEvents } from '../../src/control/kubernetes/event.ts'
import { usualEventLimits } from '../../src/control/kubernetes/event-limits.ts'
import { EventWriter } from '../../src/control/kubernetes/event-writer.ts'
import type { ObjectProblem } from '../../src/translate/kubernetes/pieces.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FakeCluster, pass } from '../unit/control/kubernetes/fake-cluster.ts'

// Events are few per second for all tenants together: one with many broken objects must not be the only one who hears.

function problem(namespace: string, name: string, message: string): ObjectProblem {
  return {
    severity: 'error',
    object: {
      kind: 'Ingress',
      apiVersion: 'networking.k8s.io/v1',
      namespace,
      name,
      uid: `${namespace}-${name}`,
    },
    origin: { source: 'kubernetes', file: `Ingress ${namespace}/${name}`, line: 0, column: 0, field: 'spec' },
    reason: 'ServiceNotFound',
    message,
    remedy: 'create it',
  }
}

describe('events', () => {
  test('of a namespace with thousands of broken Ingresses leave room for those of another one', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    await using writer = new EventWriter({
      api: cluster.api('a'),
      clock,
      random: () => 0.5,
      log: () => {},
      term: { mayWrite: () => true },
      reporter: { controller: 'tidegate.dev/ingress-controller', instance: 'a' },
      limits: usualEventLimits,
    })
    const flood = Array.from({ length: 2000 }, (_, index) => problem('evil', `i${index}`, 'broken'))

    writer.report([...flood, problem('shop', 'web', 'there is no service "pay"')])
    await pass(clock, 20_000, 10)

    const namespaces = cluster.events().map(({ metadata }) => (metadata as { namespace: string }).namespace)
    assert.ok(namespaces.includes('shop'), `${namespaces.length} events`)
  })

  test('of a namespace take turns with those of others, however many of them flood', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    await using writer = new EventWriter({
      api: cluster.api('a'),
      clock,
      random: () => 0.5,
      log: () => {},
      term: { mayWrite: () => true },
      reporter: { controller: 'tidegate.dev/ingress-controller', instance: 'a' },
      limits: usualEventLimits,
    })
    const flooding = ['evil-0', 'evil-1', 'evil-2']
    const flood = flooding.flatMap((namespace) =>
      Array.from({ length: 300 }, (_, index) => problem(namespace, `i${index}`, 'broken')),
    )
    writer.report(flood)
    await pass(clock, 1_000, 10)

    writer.report([...flood, problem('shop', 'web', 'there is no service "pay"')])
    const before = cluster.writes('events').length
    await pass(clock, 1_000, 10)

    const namespaces = cluster.writes('events').map(({ path }) => path.split('/')[5])
    assert.deepEqual(new Set(namespaces.slice(before, before + 4)), new Set([...flooding, 'shop']))
  })

  test('are made of no more problems of an object than are shown, and the rest is counted', () => {
    const many = Array.from({ length: 5000 }, (_, index) => problem('shop', 'web', `message ${index}`))

    const drafts = [...draftEvents(many).values()]

    assert.equal(drafts.length, 21)
    assert.match(drafts.at(-1)?.note ?? '', /^4980 more problems of this object are not shown/)
  })
})
