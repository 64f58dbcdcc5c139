import { bench, boxplot, do_not_optimize, run, summary } from 'mitata'
import type { Balance } from '../../../src/model/cluster.ts'
import { systemClock } from '../../../src/std/clock.ts'
import { Cluster } from '../../../src/upstream/cluster.ts'
import { clusterSpec, endpoint, fakeDeps, view } from '../../support/clusters.ts'

// One pick with begin and end, on clusters of production size, all endpoints well.
const balances: Readonly<Record<string, Balance>> = {
  'round robin': { kind: 'round-robin' },
  'least request': { kind: 'least-request' },
  'peak EWMA': { kind: 'ewma', decay: 10_000 },
  'ring hash': { kind: 'ring-hash', key: { kind: 'client-address' } },
}
const clients = Array.from({ length: 1_024 }, (_, i) => view({}, `10.1.${i >> 8}.${i & 255}`))
const some = view()
const none: never[] = []

for (const weights of ['equal', 'different'] as const) {
  for (const count of [3, 100]) {
    boxplot(() => {
      summary(() => {
        for (const [name, balance] of Object.entries(balances)) addBench(name, balance, count, weights)
      })
    })
  }
}

function addBench(name: string, balance: Balance, count: number, weights: 'equal' | 'different'): void {
  const endpoints = Array.from({ length: count }, (_, i) =>
    endpoint(`10.0.${i >> 8}.${i & 255}`, weights === 'equal' ? 1 : 1 + (i % 5)),
  )
  const cluster = new Cluster(clusterSpec({ balance, endpoints }), { ...fakeDeps().deps, clock: systemClock })
  cluster.apply(cluster.spec)
  let next = 0
  let now = 0
  const request = (): unknown => {
    next = (next + 1) & 1_023
    now += 0.01
    const picked = cluster.pick(clients[next] ?? some, none)
    picked?.begin(now)
    picked?.end(now + 1, now, 'success')
    return picked
  }
  // The first pick makes the selection, and would be taken for the time of one.
  for (let i = 0; i < 20_000; i++) request()
  bench(`${name}, ${count} endpoints of ${weights} weight`, () => do_not_optimize(request())).gc('inner')
}

await run()
