import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../support/kubernetes/eventually.ts'
import { ReportingStage } from '../support/kubernetes/reporting-stage.ts'

// The status of Ingresses against a real API server, under just the rights that reporting needs.

const theirs = { ip: '198.51.100.1', ports: [{ port: 80, protocol: 'TCP' }] }
const ours = { ip: '192.0.2.1' }
const fromOurs = { from: 'addresses', addresses: ['192.0.2.1'] } as const

describe('the status of Ingresses', () => {
  let reporting: ReportingStage

  before(async () => {
    reporting = await ReportingStage.open()
  })
  after(() => reporting[Symbol.asyncDispose]())

  test('has our address beside what another controller wrote, ports and all', async () => {
    const web = await reporting.addIngress('beside')
    await reporting.writeEntries('beside', [theirs])
    const reporter = reporting.start('beside', fromOurs)

    reporter.report({ hash: 'one', problems: [], accepted: [web] })
    reporter.inForce('one')
    await reporting.untilEntries('beside', [theirs, ours])

    await reporter.stop(5_000)
    await reporting.untilEntries('beside', [theirs])
    assert.deepEqual(reporting.complaints, [])
  })

  test('keeps what others write at the same time', async () => {
    const web = await reporting.addIngress('race')
    const reporter = reporting.start('race', fromOurs)
    await eventually(() => (reporter.isLeader() ? true : undefined), 'the replica leads')

    reporter.inForce('one')
    reporter.report({ hash: 'one', problems: [], accepted: [web] })
    await reporting.stage.client.patch(
      'Ingress',
      { namespace: reporting.stage.namespace, name: 'race' },
      { metadata: { annotations: { changed: 'meanwhile' } } },
    )
    const written = await reporting.untilEntries('race', [ours])

    assert.equal(written.metadata?.annotations?.['changed'], 'meanwhile')
    await reporter.stop(5_000)
  })

  test('follows who serves the Ingress: taken away when it is no longer accepted', async () => {
    const [web, api] = [await reporting.addIngress('gone'), await reporting.addIngress('stays')]
    const reporter = reporting.start('follows', fromOurs)
    reporter.report({ hash: 'one', problems: [], accepted: [web, api] })
    reporter.inForce('one')
    await reporting.untilEntries('gone', [ours])
    await reporting.untilEntries('stays', [ours])

    reporter.report({ hash: 'two', problems: [], accepted: [api] })
    reporter.inForce('two')
    await reporting.untilEntries('gone', [])

    await reporting.untilEntries('stays', [ours])
    await reporter.stop(5_000)
  })

  test('is cleared of what a process left that died, when its Ingress is ours no more', async () => {
    const [web, other] = [await reporting.addIngress('left'), await reporting.addIngress('shared')]
    await reporting.writeEntries('shared', [ours])
    const killed = reporting.start('killed', fromOurs)
    killed.report({ hash: 'one', problems: [], accepted: [web] })
    killed.inForce('one')
    await reporting.untilEntries('left', [ours])
    await killed[Symbol.asyncDispose]()

    const next = reporting.start('next', fromOurs)
    next.report({ hash: 'two', problems: [], accepted: [] })
    next.inForce('two')
    await reporting.untilEntries('left', [])

    const { status } = await reporting.stage.client.get('Ingress', {
      namespace: other.namespace,
      name: 'shared',
    })
    await signOf(reporting, 'killed', 'gone')
    await next.stop(5_000)
    assert.deepEqual(status?.loadBalancer?.ingress, [ours])
  })

  test('moves to the address of the next leader, which knows the one of the last', async () => {
    const web = await reporting.addIngress('moves')
    const said = { hash: 'one', problems: [], accepted: [web] }
    const first = reporting.start('one', fromOurs)
    first.report(said)
    first.inForce('one')
    await reporting.untilEntries('moves', [ours])
    const second = reporting.start('two', fromOurs, '192.0.2.2')
    second.report(said)
    second.inForce('one')
    await signOf(reporting, 'two', 'there')

    await first.stop(5_000)
    await reporting.untilEntries('moves', [{ ip: '192.0.2.2' }])

    await second.stop(5_000)
    await reporting.untilEntries('moves', [])
  })

  test('was written under these rights without a complaint', async () => {
    assert.deepEqual(reporting.complaints, [])
  })
})

/** Waits until the sign of life of a replica is there, or was dropped. */
async function signOf({ stage }: ReportingStage, identity: string, state: 'there' | 'gone'): Promise<void> {
  const name = `replica.tidegate.dev/${identity}`
  await stage.client.waitFor(
    'Lease',
    { namespace: stage.namespace, name: 'tidegate' },
    {
      until: ({ metadata }) => Object.hasOwn(metadata?.annotations ?? {}, name) === (state === 'there'),
      what: `the sign of life of ${identity} is ${state}`,
    },
  )
}
