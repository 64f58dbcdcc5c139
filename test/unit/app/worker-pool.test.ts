import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { forkWorkers } from '../../../src/app/fork-worker.ts'
import { WorkerPool } from '../../../src/app/worker-pool.ts'
import type { WorkerEvent } from '../../../src/app/worker-slot.ts'
import { openSockets, type SocketSet } from '../../../src/control/socket-set.ts'
import { PermitOffice } from '../../../src/limits/concurrency/permit-office.ts'
import { LeaseOffice } from '../../../src/limits/leases/lease-office.ts'
import type { Model, ModelDifference } from '../../../src/model/model.ts'
import { systemClock } from '../../../src/std/clock.ts'

const stub = join(import.meta.dirname, '../../support/stub-worker.ts')

describe('WorkerPool', () => {
  let pool: WorkerPool
  let sockets: SocketSet
  let events: WorkerEvent[]
  let heard: (() => void)[]
  let accessLog: string

  beforeEach(async () => {
    const opening = await openSockets({ kind: 'tcp', host: '127.0.0.1', port: 0 }, 2, false)
    sockets = (opening as { sockets: SocketSet }).sockets
    events = []
    heard = []
    accessLog = 'off'
    pool = new WorkerPool({
      clock: systemClock,
      random: () => 1,
      size: 2,
      launch: forkWorkers(stub, {
        clock: systemClock,
        offices: {
          leases: new LeaseOffice(systemClock, { workers: 2, subjects: 100 }),
          permits: new PermitOffice(),
        },
        waiting: [],
        place: (index) => ({
          index,
          settings: { accessLog: { to: accessLog } } as never,
          connectionCap: 100,
        }),
      }),
      whole: (model) => difference('', model.hash),
      sockets: () => new Map([['web', sockets]]),
      onEvent: (event) => {
        events.push(event)
        for (const hear of heard) hear()
      },
    })
  })

  afterEach(async () => {
    await pool.drain({ delay: 0, timeout: 1_000, websockets: 0 }, new Map([['web', sockets]]))
  })

  /** Settles when an event of this kind was seen for the `count`th time. */
  function seen(kind: WorkerEvent['kind'], count = 1): Promise<WorkerEvent> {
    return new Promise((resolve) => {
      const check = (): void => {
        const event = events.filter((event) => event.kind === kind)[count - 1]
        if (event !== undefined) resolve(event)
      }
      heard.push(check)
      check()
    })
  }

  async function started(): Promise<void> {
    pool.start()
    pool.install(difference('', 'one'), model('one'))
    await pool.settled()
  }

  async function dial(text = ''): Promise<string> {
    const { address } = sockets
    const socket = connect(
      address.kind === 'unix' ? { path: address.path } : { port: address.port, host: '127.0.0.1' },
    )
    socket.on('error', () => {})
    if (text !== '') socket.write(text)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    return answer
  }

  test('gives every worker the model and its socket', async () => {
    await started()

    const answers = new Set(await Promise.all(Array.from({ length: 60 }, () => dial())))

    assert.deepEqual(new Set([...answers].map((answer) => answer.split(' ')[0])), new Set(['0', '1']))
    assert.ok([...answers].every((answer) => answer.endsWith(' one')))
  })

  test('replaces a worker that is killed, and loses no connection that waited', async () => {
    await started()
    const victim = pool.workers()[0]

    process.kill(victim?.pid ?? 0, 'SIGKILL')
    await seen('died')
    const answers = await Promise.all(Array.from({ length: 40 }, () => dial()))
    await pool.settled()

    assert.equal(answers.filter((answer) => answer.endsWith(' one')).length, 40)
    assert.ok(pool.workers().every(({ pid }) => pid !== victim?.pid))
  })

  test('brings a replacement to the model that the others have', async () => {
    await started()
    pool.install(difference('one', 'two'), model('two'))
    await pool.settled()

    process.kill(pool.workers()[1]?.pid ?? 0, 'SIGKILL')
    await seen('died')
    await pool.settled()

    const answers = await Promise.all(Array.from({ length: 40 }, () => dial()))
    assert.ok(answers.every((answer) => answer.endsWith(' two')))
  })

  test('tells every worker of endpoints that moved, in order with what is installed', async () => {
    await started()
    pool.move({ from: 'one', hash: 'moved', members: '[]' }, model('moved'))
    pool.install(difference('moved', 'two'), model('two'))
    pool.move({ from: 'two', hash: 'three', members: '[]' }, model('three'))
    await pool.settled()

    process.kill(pool.workers()[1]?.pid ?? 0, 'SIGKILL')
    await seen('died')
    await pool.settled()

    const answers = await Promise.all(Array.from({ length: 40 }, () => dial()))
    assert.ok(
      answers.every((answer) => answer.endsWith(' three')),
      answers.join(),
    )
    assert.equal(events.filter(({ kind }) => kind === 'failed').length, 0)
  })

  test('lends requests of rate limits to the workers, all from one share', async () => {
    accessLog = 'lease'
    await started()

    const lent = (await Promise.all(Array.from({ length: 12 }, () => dial()))).map(Number)

    assert.equal(
      lent.reduce((sum, tokens) => sum + tokens, 0),
      10,
    )
  })

  test('replaces a worker that cannot follow endpoints that moved', async () => {
    await started()

    pool.move({ from: 'never', hash: 'two', members: '[]' }, model('two'))
    await seen('finished', 2)

    assert.ok((await dial()).endsWith(' two'))
  })

  test('replaces a worker that asks for it: the next is ready before the former leaves', async () => {
    await started()

    const [retired] = (await dial('retire')).split(' ')
    await seen('finished')

    const kinds = events.map(({ kind }) => kind)
    assert.deepEqual(kinds, ['started', 'started', 'replacing', 'started', 'finished'])
    assert.equal(events[2]?.why, 'asked to')
    assert.equal(events[4]?.worker.place.index, Number(retired))
    assert.deepEqual(
      pool.workers().map(({ state }) => state),
      ['ready', 'ready'],
    )
  })

  test('replaces a worker that is out of step by one that starts from the whole model', async () => {
    await started()

    pool.install(difference('never', 'two'), model('two'))
    await seen('finished', 2)

    assert.ok((await dial()).endsWith(' two'))
  })

  test('adds up what workers counted, the gone ones among them', async () => {
    await started()
    await dial('retire')
    await seen('finished')

    const { route } = await pool.metrics()

    assert.deepEqual([route.ids, route.cells[0]], [['r'], 21])
  })

  test('has workers serve what still waits in the sockets when it drains', async () => {
    await started()
    const load = Array.from({ length: 200 }, () => dial())

    await pool.drain({ delay: 0, timeout: 1_000, websockets: 0 }, new Map([['web', sockets]]))

    const answers = await Promise.allSettled(load)
    const served = answers.filter(({ status }) => status === 'fulfilled')
    assert.equal(served.length, 200)
  })

  test('does so on a unix socket, and removes its path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-pool-'))
    const path = join(folder, 'web.sock')
    sockets.close()
    const opening = await openSockets({ kind: 'unix', path }, 2, false)
    sockets = (opening as { sockets: SocketSet }).sockets
    await started()
    const load = Array.from({ length: 50 }, () => dial())

    await pool.drain({ delay: 0, timeout: 1_000, websockets: 0 }, new Map([['web', sockets]]))

    const answers = await Promise.all(load)
    assert.ok(answers.every((answer) => answer.endsWith(' one')))
    assert.equal(existsSync(path), false)
    rmSync(folder, { recursive: true })
  })

  test('waits longer and longer for a worker that dies at start', async () => {
    accessLog = 'crash at start'
    pool.start()

    const waits = [await seen('died', 1), await seen('died', 3), await seen('died', 5)]

    assert.match(waits[0]?.why ?? '', /exit code 7/)
    assert.ok(events.some((event) => event.kind === 'died' && event.waitMs >= 200))
    assert.equal(pool.isServing(), false)
  })
})

function difference(from: string, hash: string): ModelDifference {
  return { from, hash } as ModelDifference
}

function model(hash: string): Model {
  return { hash, settings: { drain: { delay: 0, timeout: 1_000, websockets: 0 } } } as Model
}
