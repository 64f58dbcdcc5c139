import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { usualEventLimits } from '../../../../src/control/kubernetes/event-limits.ts'
import { EventWriter } from '../../../../src/control/kubernetes/event-writer.ts'
import type { ObjectProblem, ObjectRef } from '../../../../src/translate/kubernetes/pieces.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import type { FakeObject } from '../../../support/kubernetes/fake-store.ts'
import { type Asked, FakeCluster, pass, refusal } from './fake-cluster.ts'

const minute = 60_000

function stage(cluster = new FakeCluster(), by = 'a') {
  const clock = new FakeClock()
  const term = { isOn: true, mayWrite: () => term.isOn }
  const log: string[] = []
  const writer = new EventWriter({
    api: cluster.api(by),
    clock,
    random: () => 0.5,
    log: (level, message) => log.push(`${level} ${message}`),
    term,
    reporter: { controller: 'tidegate.dev/ingress-controller', instance: by },
    limits: usualEventLimits,
  })
  return { cluster, clock, term, log, writer }
}

function ref(name: string, change: Partial<ObjectRef> = {}): ObjectRef {
  return {
    kind: 'Ingress',
    apiVersion: 'networking.k8s.io/v1',
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    ...change,
  }
}

function problem(name: string, change: Partial<ObjectProblem> = {}): ObjectProblem {
  return {
    severity: 'error',
    object: ref(name),
    origin: {
      source: 'kubernetes',
      file: `Ingress shop/${name}`,
      line: 0,
      column: 0,
      field: 'spec.rules[0]',
    },
    reason: 'ServiceNotFound',
    message: 'there is no service "pay"',
    remedy: 'create it',
    ...change,
  }
}

function notes(cluster: FakeCluster): readonly string[] {
  return cluster.events().map((event) => String(event['note']))
}

function countOf(event: FakeObject | undefined): number | undefined {
  return (event?.['series'] as { count: number } | undefined)?.count
}

/** Names of the objects that events are on, in the order in which they were said. */
function said(cluster: FakeCluster): readonly string[] {
  return cluster
    .writes('events')
    .map(({ body }) => (body as { regarding?: { name: string } }).regarding?.name ?? '')
}

const isCreate = ({ method }: Asked) => method === 'POST'

describe('an event', () => {
  test('stands on the object, with reason, place, message and remedy', async () => {
    const { cluster, clock, writer } = stage()

    writer.report([problem('web')])
    await pass(clock, 1_000)

    const [{ metadata, ...event } = { metadata: undefined }] = cluster.events()
    assert.equal(metadata?.namespace, 'shop')
    assert.match(metadata?.name ?? '', /^web\.[0-9a-f]{16}$/)
    assert.deepEqual(event, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2023-11-14T22:13:21.000000Z',
      type: 'Warning',
      reason: 'ServiceNotFound',
      action: 'Configure',
      note: 'spec.rules[0]: there is no service "pay"; create it',
      regarding: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        name: 'web',
        uid: 'uid-web',
        namespace: 'shop',
      },
      reportingController: 'tidegate.dev/ingress-controller',
      reportingInstance: 'a',
    })
  })

  test('on an object of the cluster is in the namespace default', async () => {
    const { cluster, clock, writer } = stage()
    const object = ref('edge', { kind: 'IngressClass', namespace: '' })

    writer.report([problem('web', { object })])
    await pass(clock, 1_000)

    const [event] = cluster.events()
    assert.equal(event?.metadata.namespace, 'default')
    assert.equal(Object.hasOwn(event?.['regarding'] ?? {}, 'namespace'), false)
  })

  test('on another object than the place of the problem names that place', async () => {
    const { cluster, clock, writer } = stage()
    const object = ref('pay', { kind: 'Service', apiVersion: 'v1' })

    writer.report([problem('web', { object })])
    await pass(clock, 1_000)

    assert.deepEqual(notes(cluster), ['Ingress shop/web spec.rules[0]: there is no service "pay"; create it'])
  })

  test('is cut to 1024 bytes between two characters, and keeps the remedy', async () => {
    const { cluster, clock, writer } = stage()

    writer.report([problem('web', { message: 'é'.repeat(2_000) })])
    await pass(clock, 1_000)

    const [note = ''] = notes(cluster)
    assert.ok(Buffer.byteLength(note) <= 1024 && Buffer.byteLength(note) > 1020, String(note.length))
    assert.match(note, /é…; create it$/)
    assert.equal(note.includes('\ufffd'), false)
  })

  test('of the same object, reason and note is said once', async () => {
    const { cluster, clock, writer } = stage()

    writer.report([problem('web'), problem('web')])
    await pass(clock, 1_000)
    writer.report([problem('web')])
    await pass(clock, 30 * minute, 10_000)

    assert.equal(cluster.writes('events').length, 1)
  })
})

describe('a problem that stays', () => {
  test('is said again before the event expires, and counted', async () => {
    const { cluster, clock, writer } = stage()

    writer.report([problem('web')])
    await pass(clock, 101 * minute, 10_000)

    const [event, ...others] = cluster.events()
    assert.deepEqual(others, [])
    assert.equal(countOf(event), 3)
  })

  test('is said anew when the event is gone', async () => {
    const { cluster, clock, writer } = stage()
    writer.report([problem('web')])
    await pass(clock, 1_000)
    const { namespace, name } = cluster.events()[0]!.metadata

    cluster.store.delete('/apis/events.k8s.io/v1/events', `${namespace}/${name}`)
    await pass(clock, 51 * minute, 10_000)

    assert.equal(cluster.events().length, 1)
  })

  test('is raised by the next leader too, not told twice', async () => {
    const { cluster, clock, writer } = stage()
    writer.report([problem('web')])
    await pass(clock, 1_000)
    const next = stage(cluster, 'b')

    next.writer.report([problem('web')])
    await pass(next.clock, 1_000)

    const [event, ...others] = cluster.events()
    assert.deepEqual(others, [])
    assert.equal(countOf(event), 2)
  })
})

describe('a problem that goes', () => {
  test('before its turn is not told', async () => {
    const { cluster, clock, term, writer } = stage()
    term.isOn = false
    writer.report([problem('web'), problem('api')])

    writer.report([problem('api')])
    term.isOn = true
    writer.onLeader(true)
    await pass(clock, 2_000)

    assert.deepEqual(said(cluster), ['api'])
  })

  test('is not said again', async () => {
    const { cluster, clock, writer } = stage()
    writer.report([problem('web')])
    await pass(clock, 1_000)

    writer.report([])
    await pass(clock, 120 * minute, 10_000)

    assert.equal(cluster.writes('events').length, 1)
  })

  test('and comes back is said again, a minute after the last time at the earliest', async () => {
    const { cluster, clock, writer } = stage()
    writer.report([problem('web')])
    await pass(clock, 10_000)

    writer.report([])
    writer.report([problem('web')])
    await pass(clock, 40_000)
    const early = cluster.writes('events').length
    await pass(clock, 20_000)

    assert.equal(early, 1)
    assert.equal(countOf(cluster.events()[0]), 2)
  })
})

describe('many events', () => {
  test('are said oldest first, twenty a second', async () => {
    const { cluster, clock, writer } = stage()
    const names = Array.from({ length: 100 }, (_, i) => `web-${i}`)

    writer.report(names.map((name) => problem(name)))
    await pass(clock, 1_000, 10)
    const inASecond = cluster.writes('events').length
    await pass(clock, 10_000, 10)

    assert.ok(inASecond >= 19 && inASecond <= 21, String(inASecond))
    assert.deepEqual(said(cluster), names)
  })

  test('of one object end with one that says how many were left out, errors before warnings', async () => {
    const { cluster, clock, writer } = stage()
    const warnings = Array.from({ length: 30 }, (_, i) =>
      problem('web', { severity: 'warning', message: `warning ${i}` }),
    )

    writer.report([...warnings, problem('web')])
    await pass(clock, 5_000)

    const reasons = cluster.events().map((event) => event['reason'])
    assert.equal(reasons.length, 21)
    assert.ok(reasons.includes('ServiceNotFound'))
    assert.match(
      String(cluster.events().find((event) => event['reason'] === 'ProblemsLeftOut')?.['note']),
      /^11 more/,
    )
  })

  test('of an object that keeps changing hold up no other', async () => {
    const { cluster, clock, writer } = stage()

    for (let i = 0; i < 60; i++) {
      writer.report([problem('loop', { message: `number ${i}` })])
      await pass(clock, 1_000)
    }
    const ofLoop = cluster.writes('events').length
    writer.report([problem('loop', { message: 'number 60' }), problem('web')])
    await pass(clock, 1_000)

    assert.ok(ofLoop >= 25 && ofLoop <= 28, String(ofLoop))
    assert.ok(said(cluster).includes('web'))
  })
})

describe('writing events', () => {
  test('begins only while this replica may write, and then with what is wrong by then', async () => {
    const { cluster, clock, term, writer } = stage()
    term.isOn = false
    writer.report([problem('web')])
    await pass(clock, 10_000)
    const early = cluster.asked.length

    term.isOn = true
    writer.onLeader(true)
    await pass(clock, 1_000)

    assert.deepEqual([early, said(cluster)], [0, ['web']])
  })

  test('says once what right is missing, in whichever namespaces', async () => {
    const { cluster, clock, log, writer } = stage()
    cluster.refuse(() => true, refusal(403, 'no'))

    writer.report([problem('web'), problem('api', { object: ref('api', { namespace: 'pay' }) })])
    await pass(clock, 30 * minute, 10_000)

    assert.equal(log.length, 1)
    assert.match(log[0] ?? '', /"create" and "patch" on events in group events\.k8s\.io/)
    assert.ok(cluster.asked.length <= 8, String(cluster.asked.length))
  })

  test('goes on in other namespaces when one refuses', async () => {
    const { cluster, clock, writer } = stage()
    cluster.refuse(({ path }) => path.includes('/shop/'), refusal(403, 'no'))

    writer.report([problem('web'), problem('api', { object: ref('api', { namespace: 'pay' }) })])
    await pass(clock, 1_000)

    assert.deepEqual(
      cluster.events().map(({ metadata }) => metadata.namespace),
      ['pay'],
    )
  })

  for (const [status, message] of [
    [404, 'namespaces "shop" not found'],
    [403, 'unable to create new content in namespace shop because it is being terminated'],
  ] as const) {
    test(`says nothing about a namespace that goes away (${status})`, async () => {
      const { cluster, clock, log, writer } = stage()
      cluster.refuse(() => true, refusal(status, message))

      writer.report([problem('web')])
      await pass(clock, 5 * minute, 1_000)

      assert.deepEqual([log, cluster.asked.length], [[], 1])
    })
  }

  test('comes back after failures, less and less often, and loses nothing', async () => {
    const { cluster, clock, log, writer } = stage()
    cluster.refuse(isCreate, refusal(503))
    const names = ['a', 'b', 'c', 'd']
    writer.report(names.map((name) => problem(name)))

    await pass(clock, 5 * minute, 1_000)
    const tried = cluster.asked.length
    cluster.accept()
    await pass(clock, 2 * minute, 100)

    assert.ok(tried < 20, String(tried))
    assert.equal(cluster.events().length, 4)
    assert.equal(log.length, 1)
  })

  test('waits as long as the API server says', async () => {
    const { cluster, clock, writer } = stage()
    cluster.refuse(isCreate, refusal(429, 'busy', 20_000), 1)

    writer.report([problem('web')])
    await pass(clock, 19_000)
    const early = cluster.asked.length
    await pass(clock, 3_000)

    assert.deepEqual([early, cluster.events().length], [1, 1])
  })

  test('puts an event aside that is not accepted, and says so', async () => {
    const { cluster, clock, log, writer } = stage()
    cluster.refuse(({ body }) => JSON.stringify(body).includes('"bad"'), refusal(422, 'note is wrong'))

    writer.report([problem('bad'), problem('web')])
    await pass(clock, 10_000)

    assert.deepEqual(said(cluster), ['bad', 'web'])
    assert.match(log[0] ?? '', /of reason "ServiceNotFound": note is wrong$/)
  })

  test('breaks off at the end', async () => {
    const { cluster, clock, writer } = stage()
    cluster.hold(isCreate)
    writer.report([problem('web')])
    await pass(clock, 1_000)

    await writer[Symbol.asyncDispose]()

    assert.deepEqual(cluster.events(), [])
  })
})
