import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ExtensionCall } from '../../../src/extend/call.ts'
import { ExtensionSet } from '../../../src/extend/extension-set.ts'
import type { Instance, InstanceEvents } from '../../../src/extend/instance.ts'
import type { Route } from '../../../src/model/route.ts'
import { translateStandalone } from '../../../src/translate/standalone.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeMaterials } from '../../support/fake-materials.ts'
import { fileOf, noSecrets } from '../../support/model.ts'
import { RecordedCall } from '../../support/recorded-call.ts'

/** An instance that a test makes ready, or not. */
class FakeInstance implements Instance {
  openCalls = 0
  stops = 0
  readonly ended = Promise.resolve()
  readonly options: string
  readonly events: InstanceEvents

  constructor(options: string, events: InstanceEvents) {
    this.options = options
    this.events = events
  }

  open(): ExtensionCall {
    this.openCalls += 1
    return { data: () => true, end: () => {}, drained: () => {}, abort: () => {} }
  }

  stop(): void {
    this.stops += 1
  }
}

/** A route with an extension of which a version says what it holds. */
function route(version: string, id = 'r'): Route {
  const text = `
listeners: [{ name: web, address: ":8080" }]
routes: [{ name: ${id}, hosts: [${id}.test], filters: [{ extension: ./a.ts, options: { version: "${version}" } }], to: api }]
clusters: { api: { endpoints: [10.0.0.5:8080] } }
`
  const { model } = translateStandalone([fileOf(text)], { ...noSecrets, materials: new FakeMaterials() })
  const [first] = model?.routes ?? []
  assert.ok(first)
  return first
}

function newSet() {
  const clock = new FakeClock()
  const instances: FakeInstance[] = []
  const told: string[] = []
  const set = new ExtensionSet({
    clock,
    drainMs: 5_000,
    launch(group, _counters, events) {
      const made = new FakeInstance(JSON.stringify(group.modules[0]?.options), events)
      instances.push(made)
      return made
    },
    onEvent: (_, event, fallback) => told.push(`${event.kind} ${fallback}`),
  })
  return { set, clock, instances, told, at: (index: number) => instances.at(index) as FakeInstance }
}

const failure = { message: 'SyntaxError: Unexpected token', place: '/etc/a.ts:3' }
const request = {
  method: 'GET',
  target: '/',
  authority: 'a.test',
  fields: '',
  length: 0,
  clientAddress: '192.0.2.1',
  scheme: 'http',
  requestId: 'r1',
  route: 'r',
} as const

describe('the extensions of a process', () => {
  test('wait for an extension to be ready before its route uses it', async () => {
    const { set, at } = newSet()

    const prepared = set.prepare([route('1')])
    at(0).events.ready()
    await prepared
    const host = set.host(route('1'))

    assert.equal(host.unavailable, undefined)
    assert.ok(host.open(request, new RecordedCall()))
  })

  test('run one instance for all routes that say the same', async () => {
    const { set, instances, at } = newSet()

    const prepared = set.prepare([route('1', 'a'), route('1', 'b')])
    at(0).events.ready()
    await prepared

    assert.equal(instances.length, 1)
  })

  test('hand an edited one over, and end the old one once its last request has ended', async () => {
    const { set, clock, at } = newSet()
    const first = set.prepare([route('1')])
    at(0).events.ready()
    await first
    const host = set.host(route('1'))
    host.open(request, new RecordedCall())

    const second = set.prepare([route('2')])
    host.open(request, new RecordedCall())
    at(1).events.ready()
    await second
    assert.equal(set.host(route('2')), host)
    host.open(request, new RecordedCall())
    await clock.advanceAsync(1_000)
    assert.deepEqual([at(0).openCalls, at(0).stops, at(1).openCalls], [2, 0, 1])
    at(0).openCalls = 0
    await clock.advanceAsync(1_000)

    assert.equal(at(0).stops, 1)
    assert.equal(at(1).stops, 0)
  })

  test('end the old one after the drain time though requests are left in it', async () => {
    const { set, clock, at } = newSet()
    const first = set.prepare([route('1')])
    at(0).events.ready()
    await first
    set.host(route('1')).open(request, new RecordedCall())

    const second = set.prepare([route('2')])
    at(1).events.ready()
    await second
    set.host(route('2'))
    await clock.advanceAsync(5_100)

    assert.equal(at(0).stops, 1)
  })

  test('keep the last good one in service when the next cannot start', async () => {
    const { set, told, at } = newSet()
    const first = set.prepare([route('1')])
    at(0).events.ready()
    await first
    set.host(route('1'))

    const second = set.prepare([route('2')])
    at(1).events.unstartable(failure)
    await second
    const host = set.host(route('2'))
    host.open(request, new RecordedCall())

    assert.equal(host.unavailable, undefined)
    assert.equal(at(0).openCalls, 1)
    assert.deepEqual(told, ['ready none', 'unstartable last good'])
  })

  test('refuse requests when the first cannot start, and say where it fails', async () => {
    const { set, told, at } = newSet()

    const prepared = set.prepare([route('1')])
    at(0).events.unstartable(failure)
    await prepared
    const host = set.host(route('1'))

    assert.equal(
      host.unavailable,
      'its extensions cannot start: SyntaxError: Unexpected token at /etc/a.ts:3',
    )
    assert.equal(host.open(request, new RecordedCall()), undefined)
    assert.deepEqual(told, ['unstartable none'])
  })

  test('let a change go on without one that takes too long, and use it when it is there', async () => {
    const { set, clock, at } = newSet()
    const first = set.prepare([route('1')])
    at(0).events.ready()
    await first
    set.host(route('1'))

    const second = set.prepare([route('2')])
    await clock.advanceAsync(10_000)
    await second
    const host = set.host(route('2'))
    host.open(request, new RecordedCall())
    at(1).events.ready()
    host.open(request, new RecordedCall())

    assert.deepEqual([at(0).openCalls, at(1).openCalls], [1, 1])
  })

  test('start one that died anew, ever more rarely, and refuse requests meanwhile', async () => {
    const { set, clock, instances, at } = newSet()
    const prepared = set.prepare([route('1')])
    at(0).events.ready()
    await prepared
    const host = set.host(route('1'))

    at(0).events.died('blocked', 'its loop stood still')
    assert.equal(host.unavailable, 'its extensions died, and start anew')
    await clock.advanceAsync(100)
    at(1).events.ready()
    assert.equal(host.unavailable, undefined)
    at(1).events.died('died', 'its thread ended')
    await clock.advanceAsync(150)
    assert.equal(instances.length, 2)
    await clock.advanceAsync(50)

    assert.equal(instances.length, 3)
    assert.equal(set.describe()[0]?.counters.restarts, 2)
  })

  test('end what no route names any more', async () => {
    const { set, clock, at } = newSet()
    const prepared = set.prepare([route('1')])
    at(0).events.ready()
    await prepared
    set.host(route('1'))

    set.forget({ put: [], removed: ['r'] })
    await clock.advanceAsync(0)

    assert.equal(at(0).stops, 1)
    assert.deepEqual(set.describe(), [])
  })
})
