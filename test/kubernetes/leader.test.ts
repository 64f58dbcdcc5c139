import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { V1Lease } from '@kubernetes/client-node'
import type { LeaseTimes } from '../../src/control/kubernetes/lease-times.ts'
import { ClusterStage } from '../support/kubernetes/cluster-stage.ts'
import { eventually } from '../support/kubernetes/eventually.ts'
import { HoldingProxy } from '../support/kubernetes/holding-proxy.ts'
import { writeKubeconfig } from '../support/kubernetes/kube-access.ts'
import { ingress } from '../support/kubernetes/objects.ts'
import { type ReplicaEvent, StatusReplica } from '../support/kubernetes/status-replica.ts'
import { until } from '../support/raw-client.ts'

// Two processes that elect a leader and write status. The leader is stopped with a write on its way, longer than its Lease lasts: the
// other takes over and writes; then the write arrives, and then the leader goes on, with another write to do at once.

/** Shorter than the usual ones by as much as a Lease can be: it counts in seconds. */
const times: LeaseTimes = { duration: 2_000, renew: 500, retry: 200, trust: 1_200, sign: 1_000 }
/** Rounds wait for Leases to run out, most of their time: these pairs of processes do it side by side, each with a Lease of its own. */
const pairs = 4
const rounds = 20

const acceptAll = { kind: 'accept', without: '' } as const

interface Seat {
  readonly replica: StatusReplica
  readonly proxy: HoldingProxy
  readonly address: string
}

const isStatusWrite = (event: ReplicaEvent): boolean =>
  event.kind === 'asked' && event.method === 'PATCH' && event.path.includes('/status?')
const isStatusAnswer =
  (name: string) =>
  (event: ReplicaEvent): boolean =>
    event.kind === 'answered' && event.status === 200 && event.path.includes(`/ingresses/${name}/status?`)
const isStatusConflict = (event: ReplicaEvent): boolean =>
  event.kind === 'answered' && event.path.includes('/status?') && event.status === 409
const isLeaseRead = (event: ReplicaEvent): boolean =>
  event.kind === 'answered' &&
  event.method === 'GET' &&
  event.path.includes('/leases/') &&
  event.status === 200
const isLeaseQuestion = (event: ReplicaEvent): boolean =>
  event.kind === 'asked' && event.method === 'GET' && event.path.includes('/leases/')
const isEndOfLeading = (event: ReplicaEvent): boolean => event.kind === 'leader' && !event.isLeader

describe('a leader that is stopped past its Lease with a write under way', { concurrency: true }, () => {
  for (let pair = 1; pair <= pairs; pair++)
    describe(`of pair ${pair}`, { concurrency: false }, () => {
      roundsOf(Array.from({ length: rounds / pairs }, (_, i) => pair + i * pairs))
    })
})

function roundsOf(numbers: readonly number[]): void {
  let stage: ClusterStage
  const seats: Seat[] = []

  before(async () => {
    stage = await ClusterStage.open()
    for (const [identity, address] of [
      ['first', '192.0.2.1'],
      ['second', '192.0.2.2'],
    ] as const)
      seats.push(await seat(stage, identity, address))
    for (const { replica } of seats) replica.command(acceptAll)
    await eventually(() => leads(seats), 'one of them leads').catch((error: Error) => {
      throw new Error(`${error.message}\n${logOf(seats)}`)
    })
  })
  afterEach((context) => {
    const log = logOf(seats)
    if ('passed' in context && !context.passed) console.error(log)
    for (const { replica, proxy } of seats) {
      proxy.letGo()
      replica.signal('SIGCONT')
    }
  })
  after(async () => {
    for (const { replica, proxy } of seats) {
      await replica[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    }
    await stage[Symbol.asyncDispose]()
  })

  for (const round of numbers) {
    test(`loses it, and writes nothing before it has read the Lease again (${round} of ${rounds})`, async () => {
      const { namespace, client } = stage
      const name = `web-${round}`
      const leader = leads(seats) ?? assert.fail('nobody leads')
      const other = seats.find((one) => one !== leader) ?? assert.fail('there is no other')
      const late = `late-${round}`
      await client.create(ingress({ namespace, name, defaultBackend: 'web:80' }))
      await client.create(ingress({ namespace, name: late, defaultBackend: 'web:80' }))
      await warm(other)
      await warm(leader)
      await client.waitFor(
        'Lease',
        { namespace, name: 'tidegate' },
        { until: (lease) => publishedIn(lease).includes(leader.address), what: 'the leader may write' },
      )

      const others = other.replica.events.length
      await stopWithWriteUnderWay(leader, { name, late })
      other.replica.command(acceptAll)
      await other.replica.until(isStatusAnswer(name), `writes ${name}`, others)
      await other.replica.until(isStatusAnswer(late), `writes ${late}`, others)
      const written = await client.get('Ingress', { namespace, name })
      const writtenLate = await client.get('Ingress', { namespace, name: late })
      leader.replica.command(acceptAll)
      leader.proxy.letGo()
      await until(() => leader.proxy.unanswered === 0, 'what was under way is answered')
      const stoppedAt = leader.replica.events.length
      leader.proxy.hold()
      leader.replica.signal('SIGCONT')
      await leader.replica.until(isLeaseQuestion, 'asks for the Lease', stoppedAt)
      const askedAt = leader.replica.indexOf(isLeaseQuestion, stoppedAt)
      await leader.replica.until(isLeaseQuestion, 'asks again, as nothing came', askedAt + 1)
      const writtenBlindly = leader.replica.indexOf(isStatusWrite, stoppedAt)
      leader.proxy.letGo()
      await leader.replica.until(isEndOfLeading, 'leads no more', stoppedAt)
      await leader.replica.until(isStatusConflict, 'hears that its write lost', stoppedAt)
      await leader.replica.until(isLeaseRead, 'reads the Lease', stoppedAt)

      const left = await client.get('Ingress', { namespace, name })
      const leftLate = await client.get('Ingress', { namespace, name: late })
      assert.deepEqual(written.status?.loadBalancer?.ingress, [{ ip: other.address }])
      assert.deepEqual(left.status, written.status)
      assert.equal(left.metadata?.resourceVersion, written.metadata?.resourceVersion)
      assert.equal(leftLate.metadata?.resourceVersion, writtenLate.metadata?.resourceVersion)
      assert.equal(writtenBlindly, -1)
      assert.equal(leader.replica.indexOf(isStatusWrite, stoppedAt), -1)
    })
  }
}

async function seat(stage: ClusterStage, identity: string, address: string): Promise<Seat> {
  const { access, namespace } = stage
  const proxy = await HoldingProxy.start(Number(new URL(access.url).port))
  const kubeconfig = `${access.folder}/kubeconfig-${namespace}-${identity}`
  const url = `https://127.0.0.1:${proxy.port}`
  writeKubeconfig(kubeconfig, { url, caFile: access.caFile, user: { token: access.adminToken } })
  const replica = new StatusReplica({ kubeconfig, identity, namespace, address, times })
  return { replica, proxy, address }
}

function leads(seats: readonly Seat[]): Seat | undefined {
  return seats.find(({ replica }) => replica.isLeader)
}

/** What both have logged since the last time. */
function logOf(seats: readonly Seat[]): string {
  return seats.map(({ replica }) => replica.takeLog()).join('')
}

function publishedIn({ metadata }: V1Lease): readonly string[] {
  return (metadata?.annotations?.['tidegate.dev/published'] ?? '').split(',')
}

/** Connections that are open already, so that a write needs no handshake. */
async function warm({ replica }: Seat): Promise<void> {
  const from = replica.events.length
  replica.command({ kind: 'warm' })
  await replica.until(({ kind }) => kind === 'warm', 'has connections', from)
}

/** Every request since is held by the proxy, in whole or as far as it was sent, when the process stops. */
async function stopWithWriteUnderWay(
  { replica, proxy }: Seat,
  { name, late }: { readonly name: string; readonly late: string },
): Promise<void> {
  const from = replica.events.length
  proxy.hold()
  replica.command({ kind: 'accept', without: late })
  await replica.until(
    (event) => event.kind === 'asked' && isStatusWrite(event) && event.path.includes(`/ingresses/${name}/`),
    'writes',
    from,
  )
  const asked = () => replica.events.filter((event, i) => i >= from && event.kind === 'asked').length
  await until(() => proxy.heldRequests >= asked(), 'its write is held')
  replica.signal('SIGSTOP')
}
