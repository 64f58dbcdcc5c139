import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { usualStatusLimits } from '../../src/control/kubernetes/status-limits.ts'
import { StatusWriter } from '../../src/control/kubernetes/status-writer.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FakeCluster, pass } from '../unit/control/kubernetes/fake-cluster.ts'

// Writes of status are few per second for all tenants together.

const collection = '/apis/networking.k8s.io/v1/ingresses'

describe('the status of an Ingress', () => {
  test('waits for one write of another namespace, whose 5000 Ingresses lose theirs again and again', async () => {
    const cluster = new FakeCluster()
    const clock = new FakeClock()
    await using writer = new StatusWriter({
      api: cluster.api(),
      clock,
      random: () => 0.5,
      log: () => {},
      term: { mayWrite: () => true, published: ['192.0.2.1'], publish: () => Promise.resolve(true) },
      manager: 'tidegate@gate',
      limits: usualStatusLimits,
      addresses: () => ({ kind: 'known', addresses: ['192.0.2.1'] }),
      ingresses: () => [],
      ingressStatus: (namespace, name) => {
        const { uid = '', resourceVersion = '' } = cluster.store.get(
          collection,
          `${namespace}/${name}`,
        ).metadata
        return { uid, resourceVersion, addresses: [] }
      },
    })
    const many = Array.from({ length: 5_000 }, (_, index) => cluster.addIngress('big', `web-${index}`))
    writer.accept(many)
    await pass(clock, 1_000, 10)
    const before = cluster.writes('ingresses').length

    writer.accept([...many, cluster.addIngress('small', 'web')])
    await pass(clock, 500, 10)

    const namespaces = cluster.writes('ingresses').map(({ path }) => path.split('/')[5])
    assert.ok(before > 10, `${before} were written`)
    assert.deepEqual(new Set(namespaces.slice(before, before + 2)), new Set(['big', 'small']))
    assert.equal(namespaces.lastIndexOf('small'), namespaces.indexOf('small'))
  })
})
