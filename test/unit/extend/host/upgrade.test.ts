import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type {
  BodySink,
  ExtensionEvents,
  UpstreamEvents,
  UpstreamRequest,
} from '../../../../src/extend/call.ts'
import { plainRequest, runExtensions } from '../../../support/extension-host.ts'

const handshake =
  'upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const asked = { ...plainRequest, fields: handshake, length: -1 }
const accepted = 'upgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'

/** A client and a cluster that write down what they hear, in order. */
class Ends implements ExtensionEvents {
  readonly heard: string[] = []
  cluster: UpstreamEvents | undefined
  request: UpstreamRequest | undefined
  takesMore = true

  head(status: number, fields: string, length: number): void {
    this.heard.push(`head ${status} ${length} ${fields}`)
  }

  data(part: Buffer): boolean {
    this.heard.push(`to client ${part.toString()}`)
    return this.takesMore
  }

  end(): void {
    this.heard.push('end of client')
  }

  drained(): void {
    this.heard.push('client drained')
  }

  abort(): void {
    this.heard.push('abort of client')
  }

  failed(_: string, detail: string): void {
    this.heard.push(`failed ${detail}`)
  }

  upstream(request: UpstreamRequest, events: UpstreamEvents): BodySink {
    this.request = request
    this.cluster = events
    return {
      data: (part) => {
        this.heard.push(`to cluster ${part.toString()}`)
        return this.takesMore
      },
      end: () => void this.heard.push('end of cluster'),
      drained: () => void this.heard.push('cluster drained'),
      abort: () => void this.heard.push('abort of cluster'),
    }
  }
}

const marking = async (app: FastifyInstance) => {
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/no') return reply.code(403).send('no')
    request.headers['x-user'] = 'ann'
  })
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-sent', 'yes')
  })
}

describe('a request to leave HTTP', () => {
  test('goes to its cluster with its handshake, and then bytes go both ways', async (context) => {
    const host = await runExtensions(context, [[marking]])
    const ends = new Ends()

    const call = host.open(asked, ends)
    await new Promise(setImmediate)
    ends.cluster?.head(101, accepted, -1)
    ends.takesMore = false
    const more = [call?.data(Buffer.from('a')), ends.cluster?.data(Buffer.from('b'))]
    ends.takesMore = true
    ends.cluster?.drained()
    call?.drained()
    ends.cluster?.data(Buffer.from('c'))
    call?.end()
    ends.cluster?.end()

    assert.equal(host.upgrades, 'carried')
    assert.deepEqual([ends.request?.fields.includes('x-user: ann\r\n'), ends.request?.length], [true, -1])
    assert.ok(ends.request?.fields.endsWith('upgrade: websocket\r\n'))
    assert.deepEqual(more, [false, false])
    assert.deepEqual(ends.heard, [
      `head 101 -1 ${accepted}`,
      'to cluster a',
      'to client b',
      'client drained',
      'cluster drained',
      'to client c',
      'end of cluster',
      'end of client',
    ])
    assert.equal(host.counters.open, 0)
  })

  test('brings back what the cluster says instead, through the hooks', async (context) => {
    const host = await runExtensions(context, [[marking]])
    const ends = new Ends()

    host.open(asked, ends)
    await new Promise(setImmediate)
    ends.cluster?.head(404, 'content-type: text/plain\r\n', 2)
    ends.cluster?.data(Buffer.from('no'))
    ends.cluster?.end()
    await new Promise(setImmediate)

    assert.deepEqual(ends.heard, [
      'head 404 2 content-type: text/plain\r\nx-sent: yes\r\n',
      'to client no',
      'end of client',
    ])
  })

  test('is answered by a hook that refuses it', async (context) => {
    const host = await runExtensions(context, [[marking]])
    const ends = new Ends()

    host.open({ ...asked, target: '/no' }, ends)
    await new Promise(setImmediate)

    assert.deepEqual([ends.heard.at(-1), ends.cluster], ['end of client', undefined])
    assert.match(ends.heard[0] ?? '', /^head 403 2 /)
  })

  test('breaks where either side breaks', async (context) => {
    const host = await runExtensions(context, [[marking]])
    const [left, broken] = [new Ends(), new Ends()]

    const call = host.open(asked, left)
    host.open(asked, broken)
    await new Promise(setImmediate)
    for (const ends of [left, broken]) ends.cluster?.head(101, accepted, -1)
    call?.abort()
    broken.cluster?.abort()

    assert.deepEqual([left.heard.at(-1), broken.heard.at(-1)], ['abort of cluster', 'abort of client'])
    assert.deepEqual([host.counters.open, host.counters.failures.threw], [0, 0])
  })
})
