import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { BodySink, ExtensionEvents, UpstreamEvents } from '../../../../src/extend/call.ts'
import { plainRequest, runExtensions } from '../../../support/extension-host.ts'

const part = Buffer.alloc(16_384, 'a')

/** A client and a cluster that take only so many parts. */
class SlowEnds implements ExtensionEvents {
  cluster: UpstreamEvents | undefined
  toClient = 0
  toCluster = 0
  drains = 0
  clusterDrains = 0
  takesMore = false
  readonly ended = Promise.withResolvers<string>()

  head(): void {}

  data({ length }: Buffer): boolean {
    this.toClient += length
    return this.takesMore
  }

  end(): void {
    this.ended.resolve('end')
  }

  drained(): void {
    this.drains += 1
  }

  abort(): void {
    this.ended.resolve('abort')
  }

  failed(_: string, detail: string): void {
    this.ended.resolve(detail)
  }

  upstream(_: unknown, events: UpstreamEvents): BodySink {
    this.cluster = events
    return {
      data: ({ length }) => {
        this.toCluster += length
        return this.takesMore
      },
      end: () => {},
      drained: () => {
        this.clusterDrains += 1
      },
      abort: () => {},
    }
  }
}

/** @returns how many parts were taken until one was too much. */
function fill(sink: Pick<BodySink, 'data'> | undefined): number {
  let parts = 1
  while (sink?.data(part) === true && parts < 1000) parts += 1
  return parts
}

const turn = () => new Promise(setImmediate)

describe('what is too fast', () => {
  test('of a cluster waits for the client, and goes on', async (context) => {
    const host = await runExtensions(context, [[async () => {}]])
    const ends = new SlowEnds()

    const call = host.open(plainRequest, ends)
    call?.end()
    ends.cluster?.head(200, '', -1)
    await turn()
    const taken = fill(ends.cluster)
    await turn()
    const [before, drainsBefore] = [ends.toClient, ends.clusterDrains]
    ends.takesMore = true
    call?.drained()
    await turn()
    const drainsAfter = ends.clusterDrains
    ends.cluster?.end()

    assert.equal(await ends.ended.promise, 'end')
    assert.ok(taken < 20, `${taken} parts were taken`)
    assert.ok(before < taken * part.length)
    assert.deepEqual([drainsBefore, drainsAfter], [0, 1])
    assert.equal(ends.toClient, taken * part.length)
  })

  test('of a client waits for hooks, then for the cluster', async (context) => {
    const hook = Promise.withResolvers<void>()
    const host = await runExtensions(context, [
      [async (app: FastifyInstance) => void app.addHook('onRequest', () => hook.promise)],
    ])
    const ends = new SlowEnds()

    const call = host.open({ ...plainRequest, method: 'POST', length: -1 }, ends)
    const held = fill(call)
    const before = ends.toCluster
    hook.resolve()
    await turn()
    const drainsOfHook = ends.drains
    ends.takesMore = true
    ends.cluster?.drained()

    assert.deepEqual([held, before, drainsOfHook], [4, 0, 0])
    assert.deepEqual([ends.toCluster, ends.drains], [4 * part.length, 1])
    call?.abort()
  })

  test('of a client waits for the extension that reads it', async (context) => {
    const read = Promise.withResolvers<void>()
    const host = await runExtensions(context, [
      [
        async (app: FastifyInstance) => {
          app.post('/a', async (request) => {
            await read.promise
            let bytes = 0
            for await (const chunk of request.raw) bytes += (chunk as Buffer).length
            return { bytes }
          })
          app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
        },
      ],
    ])
    const ends = new SlowEnds()

    const call = host.open({ ...plainRequest, method: 'POST', length: -1 }, ends)
    const held = fill(call)
    read.resolve()
    await turn()
    const drains = ends.drains
    call?.end()

    assert.equal(await ends.ended.promise, 'end')
    assert.deepEqual([held, drains], [4, 1])
  })
})

describe('a target that Fastify or http-proxy cannot read', () => {
  for (const [target, status] of [
    ['/%zz', 400],
    ['/a/..%2fb', 400],
    ['//b', 400],
  ] as const)
    test(`${target} is answered with ${status}`, async (context) => {
      const host = await runExtensions(context, [[async () => {}]])
      const ends = new SlowEnds()
      const statuses: number[] = []
      ends.head = (...[got]: number[]) => void statuses.push(got ?? 0)

      host.open({ ...plainRequest, method: 'OPTIONS', target }, ends)?.end()

      assert.equal(await ends.ended.promise, 'end')
      assert.deepEqual([statuses, ends.cluster], [[status], undefined])
    })
})
