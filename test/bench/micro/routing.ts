import { bench, do_not_optimize, group, run } from 'mitata'
import type { Route } from '../../../src/model/route.ts'
import { choose } from '../../../src/names/choose.ts'
import { buildTable, decide, updateTable } from '../../../src/routing/table.ts'
import { route, segments } from '../../unit/routing/routes.ts'
import { Requests, routesOf, routesOfOneHost } from './routing-data.ts'

// What a decision costs as tables grow, and what a change costs. `batch` decisions are one sample, so that caches are as cold
// as random hosts make them; the line `reading a request` is the part that is not the router's.

const batch = 30_000
const build = (one: Route) => one.id

group(`${batch} decisions, hosts at random, three routes each`, () => {
  for (const hosts of [1, 100, 1_000, 10_000]) {
    const table = buildTable(routesOf(hosts), build)
    const requests = new Requests(hosts, batch)
    bench(`${hosts} hosts`, () => {
      let found = 0
      for (let i = 0; i < batch; i += 1) if (decide(table, requests.next()).kind === 'route') found += 1
      return do_not_optimize(found)
    })
  }
  const requests = new Requests(10_000, batch)
  bench('reading a request', () => {
    let length = 0
    for (let i = 0; i < batch; i += 1) length += requests.next().host.length
    return do_not_optimize(length)
  })
})

group('30,000 routes', () => {
  const spread = routesOf(10_000)
  const single = routesOfOneHost(30_000)
  bench('build, 10,000 hosts', () => do_not_optimize(buildTable(spread, build)))
  bench('build, one host', () => do_not_optimize(buildTable(single, build)))

  const spreadTable = buildTable(spread, build)
  const singleTable = buildTable(single, build)
  let turn = 0
  bench('change one route, 10,000 hosts', () => {
    turn = (turn + 7919) % spread.length
    const put = [{ ...(spread[turn] ?? route({ id: 'none' })), rank: -turn }]
    return do_not_optimize(updateTable(spreadTable, { put, removed: [] }, build))
  })
  bench('change one route, one host', () => {
    turn = (turn + 7919) % single.length
    const put = [{ ...(single[turn] ?? route({ id: 'none' })), path: segments('/changed') }]
    return do_not_optimize(updateTable(singleTable, { put, removed: [] }, build))
  })
})

group('one decision in a host of 30,000 routes', () => {
  const table = buildTable(routesOfOneHost(30_000), build)
  const views = new Requests(1, 1000)
  bench('no path fits', () => do_not_optimize(decide(table, views.next())))
})

group('choose', () => {
  const leaf = { kind: 'leaf', value: 'a' } as const
  const split = {
    kind: 'union',
    branches: [
      { weight: 9, tree: leaf },
      { weight: 1, tree: leaf },
    ],
  } as const
  let roll = 0
  const next = () => {
    roll = (roll + 0.37) % 1
    return roll
  }
  bench('a split in two', () => do_not_optimize(choose(split, next)))
})

await run()
