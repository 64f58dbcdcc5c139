import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { CoreV1Event } from '@kubernetes/client-node'
import { usualEventLimits } from '../../src/control/kubernetes/event-limits.ts'
import { EventWriter } from '../../src/control/kubernetes/event-writer.ts'
import { systemClock } from '../../src/std/clock.ts'
import type { ObjectProblem, ObjectRef } from '../../src/translate/kubernetes/pieces.ts'
import { eventually } from '../support/kubernetes/eventually.ts'
import { ReportingStage } from '../support/kubernetes/reporting-stage.ts'

// Events against a real API server, under just the rights that reporting needs.

describe('events', () => {
  let reporting: ReportingStage

  before(async () => {
    reporting = await ReportingStage.open()
  })
  after(() => reporting[Symbol.asyncDispose]())

  test('stand in kubectl describe, with reason, place, message and remedy', async () => {
    const web = await reporting.addIngress('described')
    await using reporter = reporting.start('describer', { from: 'off' })

    reporter.report({ hash: 'one', problems: [problemOf(web)], accepted: [] })
    await eventsOn(reporting, web, 1)

    const args = ['describe', 'ingress', 'described', '--namespace', web.namespace]
    const described = await reporting.stage.access.kubectl(args)
    assert.match(
      described,
      /Warning\s+ServiceNotFound\s.*spec\.rules\[0\]: there is no service "pay"; create it/,
    )
    assert.match(described, new RegExp(`\\s${reporting.stage.controller}\\s`))
  })

  test('are taken as long as they may be', async () => {
    const web = await reporting.addIngress('long')
    using writer = writerFor(reporting)

    writer.report([{ ...problemOf(web), message: 'ü€'.repeat(1_000) }])
    const [event] = await eventsOn(reporting, web, 1)

    const length = Buffer.byteLength(event?.message ?? '')
    assert.ok(length > 1_015 && length <= 1_024, String(length))
  })

  test('are raised again while the problem stays, and counted', async () => {
    const web = await reporting.addIngress('stays')
    using writer = writerFor(reporting, { again: 300 })

    writer.report([problemOf(web)])
    const found = await eventually(async () => {
      const events = await eventsOn(reporting, web, 1)
      return (events[0]?.series?.count ?? 0) >= 4 ? events : undefined
    }, 'the event was counted to four')

    assert.equal(found.length, 1)
    assert.ok(new Date(found[0]?.series?.lastObservedTime ?? 0) > new Date(found[0]?.eventTime ?? 0))
  })

  test('of another replica are raised rather than written twice', async () => {
    const web = await reporting.addIngress('twice')
    using first = writerFor(reporting)
    first.report([problemOf(web)])
    await eventsOn(reporting, web, 1)

    using second = writerFor(reporting)
    second.report([problemOf(web)])
    const events = await eventually(async () => {
      const found = await eventsOn(reporting, web, 1)
      return found[0]?.series?.count === 2 ? found : undefined
    }, 'the event was counted')

    assert.equal(events.length, 1)
  })

  test('on a class of Ingresses stand in the namespace default', async () => {
    const { client, className } = reporting.stage
    const { metadata } = await client.get('IngressClass', { name: className })
    const edge: ObjectRef = {
      kind: 'IngressClass',
      apiVersion: 'networking.k8s.io/v1',
      namespace: '',
      name: className,
      uid: metadata?.uid ?? '',
    }
    using writer = writerFor(reporting)

    writer.report([{ ...problemOf(edge), reason: 'ParametersNotFound' }])
    const [event] = await eventsOn(reporting, { ...edge, namespace: 'default' }, 1)

    assert.equal(event?.metadata?.namespace, 'default')
  })

  test('wait for no namespace that is gone', async () => {
    const web = await reporting.addIngress('waits')
    const gone = problemOf({ ...web, namespace: 'there-is-none', uid: 'none' })
    using writer = writerFor(reporting)

    writer.report([gone, problemOf(web)])

    assert.equal((await eventsOn(reporting, web, 1)).length, 1)
  })

  test('wait for no namespace that is being deleted', async () => {
    const { client } = reporting.stage
    const namespace = await reporting.stage.addNamespace()
    await client.delete('Namespace', { name: namespace })
    const web = await reporting.addIngress('waits-too')
    const ending = problemOf({ ...web, namespace, uid: 'ending' })
    using writer = writerFor(reporting)

    writer.report([ending, problemOf(web)])

    assert.equal((await eventsOn(reporting, web, 1)).length, 1)
  })

  test('were written under these rights without a complaint', () => {
    assert.deepEqual(reporting.complaints, [])
  })
})

/** A writer that may always write, ended without waiting. */
function writerFor(reporting: ReportingStage, limits: { readonly again?: number } = {}) {
  const writer = new EventWriter({
    api: reporting.api,
    clock: systemClock,
    random: Math.random,
    log: (level, message) => reporting.complaints.push(`${level} ${message}`),
    term: { mayWrite: () => true },
    reporter: { controller: reporting.stage.controller, instance: 'replica' },
    limits: { ...usualEventLimits, ...limits },
  })
  return Object.assign(writer, {
    [Symbol.dispose]: () => void writer[Symbol.asyncDispose](),
  })
}

function problemOf(object: ObjectRef): ObjectProblem {
  const file = `${object.kind} ${object.namespace}/${object.name}`
  return {
    severity: 'error',
    object,
    origin: { source: 'kubernetes', file, line: 0, column: 0, field: 'spec.rules[0]' },
    reason: 'ServiceNotFound',
    message: 'there is no service "pay"',
    remedy: 'create it',
  }
}

/** The events on an object, once there are so many. */
async function eventsOn({ stage }: ReportingStage, object: ObjectRef, least: number): Promise<CoreV1Event[]> {
  const query = `fieldSelector=involvedObject.uid%3D${object.uid}`
  return eventually(async () => {
    const events = await stage.client.list('Event', object.namespace, query)
    return events.length >= least ? events : undefined
  }, `there are events on ${object.name}`)
}
