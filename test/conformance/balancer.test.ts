import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Balance } from '../../src/model/cluster.ts'
import type { RequestView } from '../../src/model/request-view.ts'
import type { Balancer } from '../../src/upstream/balancer.ts'
import { Cluster } from '../../src/upstream/cluster.ts'
import { makeBalancer } from '../../src/upstream/make-balancer.ts'
import { candidates, type FakeCandidate } from '../support/candidates.ts'
import { clusterSpec, endpoint, fakeDeps, seededRandom, view } from '../support/clusters.ts'
import { FakeClock } from '../support/fake-clock.ts'

const balances: Readonly<Record<string, Balance>> = {
  'round robin': { kind: 'round-robin' },
  'least request': { kind: 'least-request' },
  'peak EWMA': { kind: 'ewma', decay: 10_000 },
  'ring hash by header': { kind: 'ring-hash', key: { kind: 'header', name: 'x-key' } },
  'ring hash by cookie': { kind: 'ring-hash', key: { kind: 'cookie', name: 'key' } },
  'ring hash by client address': { kind: 'ring-hash', key: { kind: 'client-address' } },
}

/** A request of its own: another header, cookie and address each time. */
function request(number: number): RequestView {
  const address = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`
  return view({ 'x-key': `user-${number}`, cookie: `a=b; key=${number}` }, address)
}

function countPicks(
  balancer: Balancer<FakeCandidate>,
  picks: number,
): Map<FakeCandidate | undefined, number> {
  const counts = new Map<FakeCandidate | undefined, number>()
  for (let i = 0; i < picks; i++) {
    const picked = balancer.pick(request(i))
    counts.set(picked, (counts.get(picked) ?? 0) + 1)
  }
  return counts
}

/** The largest distance between the share an endpoint got and the share of its weight. */
function largestError(endpoints: readonly FakeCandidate[], balancer: Balancer<FakeCandidate>): number {
  const picks = 20_000
  const counts = countPicks(balancer, picks)
  const total = endpoints.reduce((sum, { weight }) => sum + weight, 0)
  const errors = endpoints.map((one) => Math.abs((counts.get(one) ?? 0) / picks - one.weight / total))
  return Math.max(...errors)
}

for (const [name, balance] of Object.entries(balances)) {
  const make = (): Balancer<FakeCandidate> => makeBalancer(balance, new FakeClock(), seededRandom(7))

  describe(`${name} is a balancer`, () => {
    test('an empty set gives undefined, before and after there was another', () => {
      const balancer = make()
      assert.equal(balancer.pick(request(1)), undefined)
      balancer.update(candidates([1, 2]))
      balancer.pick(request(1))
      balancer.update([])

      assert.equal(balancer.pick(request(1)), undefined)
    })

    test('a single endpoint gets everything', () => {
      const [only] = candidates([3])
      assert.ok(only)
      const balancer = make()
      balancer.update([only])

      assert.deepEqual([...countPicks(balancer, 500)], [[only, 500]])
    })

    for (const weights of [
      [1, 1],
      [1, 1, 1, 1, 1],
      [1, 2],
      [5, 1, 1],
      [10, 20, 30, 40],
      Array.from({ length: 50 }, () => 1),
    ]) {
      test(`shares follow the weights ${weights.length > 9 ? `1 × ${weights.length}` : weights.join(', ')}`, () => {
        const endpoints = candidates(weights)
        const balancer = make()
        balancer.update(endpoints)

        // Ring shares differ by the luck of the points: about 9 % of a share.
        const bound = balance.kind === 'ring-hash' ? 0.06 : 0.012
        const error = largestError(endpoints, balancer)
        assert.ok(error < bound, `off by ${error}`)
      })
    }

    test('picks only from the set of the last update', () => {
      const endpoints = candidates([1, 2, 3, 4])
      const balancer = make()
      balancer.update(endpoints)
      countPicks(balancer, 100)
      balancer.update(endpoints.slice(2))

      const picked = new Set(countPicks(balancer, 500).keys())
      assert.deepEqual(picked, new Set(endpoints.slice(2)))
    })

    test('a cluster with it never picks what is not usable, outside panic', () => {
      const { deps } = fakeDeps(3)
      const endpoints = Array.from({ length: 8 }, (_, i) => endpoint(`10.0.0.${i}`, 1 + (i % 3)))
      const cluster = new Cluster(clusterSpec({ balance, endpoints, panicThreshold: 20 }), deps)
      cluster.apply(cluster.spec)
      const random = seededRandom(11)
      const wrong: string[] = []
      for (let i = 0; i < 3_000; i++) {
        const chosen = cluster.endpoints[Math.floor(random() * 8)]
        const usable = cluster.endpoints.filter((one) => one.usable).length
        chosen?.setChecked(random() < 0.5 && usable > 2 ? 'unhealthy' : 'healthy', 'test')
        const picked = cluster.pick(request(i), [])
        if (picked?.usable !== true) wrong.push(`${i}: ${picked?.key}`)
      }

      assert.deepEqual(wrong, [])
    })
  })
}
