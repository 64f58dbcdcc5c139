import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChangeLog } from '../../../../src/sources/kubernetes/change-log.ts'
import { Table } from '../../../../src/sources/kubernetes/table.ts'
import { Turns } from '../../../../src/sources/kubernetes/turns.ts'
import { watchPlan } from '../../../../src/sources/kubernetes/watch-plan.ts'
import { kubernetesSettings } from '../../../support/kubernetes/api-settings.ts'

describe('a table', () => {
  const row = (object: string, version: string) => ({ object, version, status: [] })

  test('that is replaced tells the difference alone', () => {
    const table = new Table<string>()
    table.put('a', row('a', '1'))
    table.put('b', row('b', '1'))

    const changes = table.replace(
      new Map([
        ['b', row('b', '2')],
        ['c', row('c', '2')],
      ]),
    )

    assert.deepEqual(changes, [
      { key: 'a', before: 'a', after: undefined },
      { key: 'c', before: undefined, after: 'c' },
    ])
    assert.equal(table.get('b')?.version, '2')
  })

  test('forgets nothing by an event that is older than what it knows', () => {
    const table = new Table<string>()
    table.put('a', row('a', '10'))

    assert.equal(table.remove('a', '9'), undefined)
    assert.equal(table.put('a', row('old', '9')), undefined)
    assert.equal(table.get('a')?.object, 'a')
  })
})

describe('turns', () => {
  test('are taken by so many at a time, in order, whatever becomes of them', async () => {
    const turns = new Turns(2)
    const started: number[] = []
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
    const run = (index: number) =>
      turns.run(async () => {
        started.push(index)
        await gates[index]?.promise
      }, new AbortController().signal)
    const outcomes = Promise.allSettled([0, 1, 2, 3].map(run))
    const first = [...started]

    gates[1]?.reject(new Error('failed'))
    gates[0]?.resolve()
    gates[2]?.resolve()
    gates[3]?.resolve()
    const states = (await outcomes).map(({ status }) => status)

    assert.deepEqual(first, [0, 1])
    assert.deepEqual(started, [0, 1, 2, 3])
    assert.deepEqual(states, ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  })

  test('are not kept for those who leave while they wait', async () => {
    const turns = new Turns(1)
    const { signal } = new AbortController()
    const leaving = new AbortController()
    const gate = Promise.withResolvers<void>()
    const first = turns.run(() => gate.promise, signal)
    const second = turns.run(() => Promise.resolve('second'), leaving.signal)
    const third = turns.run(() => Promise.resolve('third'), signal)

    leaving.abort(new Error('left'))
    await assert.rejects(second, /left/)
    gate.resolve()
    await first

    assert.equal(await third, 'third')
    assert.equal(await turns.run(() => Promise.resolve('fourth'), signal), 'fourth')
  })
})

describe('changes that nobody looked up', () => {
  test('are not told, until so many names were looked up that all count', () => {
    const changes = new ChangeLog()
    changes.slices('shop/other')
    const before = changes.hasServices

    for (let index = 0; index <= 100_000; index += 1) changes.askedServices.add(`shop/${index}`)
    changes.slices('shop/other')

    assert.deepEqual([before, changes.hasServices], [false, true])
  })

  test('are those that the last look at everything did not ask for, however many were asked for before', () => {
    const changes = new ChangeLog()
    for (let index = 0; index <= 100_000; index += 1) changes.askedServices.add(`shop/${index}`)

    changes.renew(() => changes.askedServices.add('shop/web'))
    changes.slices('shop/7')
    const before = changes.hasServices
    changes.slices('shop/web')

    assert.deepEqual([before, changes.take('now').services], [false, new Set(['shop/web'])])
  })

  test('are still told after a look that failed in the middle, with those that it had asked for', () => {
    const changes = new ChangeLog()
    changes.askedSecrets.add('shop/old')

    assert.throws(() =>
      changes.renew(() => {
        changes.askedSecrets.add('shop/new')
        throw new Error('failed')
      }),
    )
    changes.secret('shop/old')
    const old = changes.take('now').shape
    changes.secret('shop/new')

    assert.deepEqual([old, changes.take('now').shape], [true, true])
  })
})

describe('what the settings make the source read', () => {
  test('is everything, and no nodes, by default', () => {
    assert.deepEqual(watchPlan(kubernetesSettings()), {
      ingresses: [undefined],
      services: [{ namespace: undefined, need: 'required' }],
      slices: [{ namespace: undefined, need: 'required' }],
      grants: [],
      selector: undefined,
      nodes: 'none',
    })
  })

  test('of namespaces that are named twice is read once', () => {
    const plan = watchPlan(kubernetesSettings({ namespaces: { kind: 'list', names: ['a', 'default', 'a'] } }))

    assert.deepEqual(plan.ingresses, ['a', 'default'])
    assert.deepEqual(
      plan.slices.map(({ namespace }) => namespace),
      ['a', 'default'],
    )
  })

  const own = { namespace: 'edge', name: 'tidegate' }
  const ofOwn = { namespace: 'edge', service: 'tidegate', need: 'extra' }
  const ofServer = { namespace: 'default', name: 'kubernetes', need: 'extra' }
  const scopes = [
    [['a'], [ofServer, ofOwn]],
    [['edge'], [ofServer]],
    [['a', 'default'], [ofOwn]],
  ] as const
  for (const [names, extra] of scopes) {
    test(`of our own Service are its slices, unless they are read anyway: of ${names.join(' and ')}`, () => {
      const { slices } = watchPlan(kubernetesSettings({ namespaces: { kind: 'list', names } }), own)

      assert.deepEqual(slices.slice(names.length), extra)
    })
  }

  test('of our own Service is nothing more where all namespaces are read', () => {
    assert.deepEqual(watchPlan(kubernetesSettings(), own), watchPlan(kubernetesSettings()))
  })

  const nodes = [
    [{ status: { from: 'nodes' } }, 'all'],
    [{ zoneHints: 'on' }, 'own'],
    [{ status: { from: 'nodes' }, zoneHints: 'on' }, 'all'],
  ] as const
  for (const [changes, expected] of nodes) {
    test(`of nodes is ${expected} for ${JSON.stringify(changes)}`, () => {
      assert.equal(watchPlan(kubernetesSettings(changes)).nodes, expected)
    })
  }
})
