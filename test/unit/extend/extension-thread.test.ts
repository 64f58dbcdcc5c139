import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import type { BodySink } from '../../../src/extend/call.ts'
import { Counting } from '../../../src/extend/counting.ts'
import { ExtensionThread } from '../../../src/extend/thread/extension-thread.ts'
import { ModuleSources } from '../../../src/extend/thread/module-sources.ts'
import type { ExtensionGroup } from '../../../src/model/filters/extension.ts'
import { systemClock } from '../../../src/std/clock.ts'
import { RecordedCall } from '../../support/recorded-call.ts'

const group: ExtensionGroup = {
  id: 'a',
  isolation: 'worker',
  memory: 32 * 1_048_576,
  watchdog: 400,
  env: [],
  modules: [],
}

interface Started {
  readonly thread: ExtensionThread
  readonly heard: EventEmitter
  readonly counters: Counting
  readonly open: (target: string, length?: number) => { call: RecordedCall; sink: BodySink | undefined }
}

async function start(context: TestContext, watchdog = group.watchdog): Promise<Started> {
  const heard = new EventEmitter()
  const counters = new Counting()
  const thread = new ExtensionThread({
    clock: systemClock,
    group: { ...group, watchdog },
    env: {},
    counters,
    events: {
      ready: () => heard.emit('ready'),
      unstartable: (failure) => heard.emit('unstartable', failure),
      died: (why, detail) => heard.emit('died', why, detail),
    },
    sources: new ModuleSources(),
    onLine: (line) => heard.emit('line', line),
    onStuck: () => heard.emit('stuck'),
    onSaid: (said) => heard.emit('said', said),
    entry: new URL('../../support/extension-thread.ts', import.meta.url),
  })
  context.after(async () => {
    thread.stop()
    await thread.ended
  })
  await once(heard, 'ready')
  return {
    thread,
    heard,
    counters,
    open: (target, length = 0) => {
      const call = new RecordedCall()
      const request = {
        method: 'POST',
        target,
        authority: 'a.test',
        fields: 'x-a: b\r\n',
        length,
        clientAddress: '192.0.2.1',
        scheme: 'http',
        requestId: 'r1',
        route: 'r',
      } as const
      return { call, sink: thread.open(request, call) }
    },
  }
}

describe('extensions in a thread of their own', () => {
  test('take a request with its body and answer it', async (context) => {
    const { open, thread } = await start(context)

    const { call, sink } = open('/echo', -1)
    sink?.data(Buffer.from('small '))
    sink?.data(Buffer.alloc(100_000, 'a'))
    sink?.end()

    assert.equal(await call.ended(), 'end')
    assert.equal(call.status, 200)
    assert.equal(call.fields, 'x-method: POST\r\nx-fields: 8\r\n')
    assert.equal(call.body.toString(), `small ${'a'.repeat(100_000)}`)
    assert.equal(thread.openCalls, 0)
  })

  test('let a request through to the cluster, and its response back', async (context) => {
    const { open } = await start(context)

    const { call, sink } = open('/pass', -1)
    sink?.data(Buffer.from('body'))
    sink?.end()

    assert.equal(await call.ended(), 'end')
    assert.equal(call.sentThrough?.fields, 'x-a: b\r\nx-through: yes\r\n')
    assert.equal(call.sentBody, 'body')
    assert.equal(call.status, 201)
    assert.equal(call.fields, 'x-origin: a\r\nx-passed: yes\r\n')
    assert.equal(call.body.toString(), 'hello')
  })

  test('send no more of a response than fits on the way while nobody takes it', async (context) => {
    const { open } = await start(context)

    const { call, sink } = open('/flood')
    call.takesMore = false
    await call.received()
    const probe = open('/echo')
    probe.sink?.end()
    await probe.call.ended()
    const held = call.body.length
    call.takesMore = true
    sink?.drained()

    assert.equal(await call.ended(), 'end')
    assert.ok(held <= 262_144 + 65_536, `${held} bytes came`)
    assert.equal(call.body.length, 8_388_608)
  })

  test('take no more of a request than fits on the way', async (context) => {
    const { open } = await start(context)

    const { call, sink } = open('/wait', -1)
    const takes = [1, 2, 3, 4].map(() => sink?.data(Buffer.alloc(65_536)))

    assert.deepEqual(takes, [true, true, true, false])
    sink?.abort()
    assert.equal(call.status, 0)
  })

  test('tell what an extension throws', async (context) => {
    const { open, counters } = await start(context)

    const { call } = open('/threw')

    assert.equal(await call.ended(), 'failed')
    assert.deepEqual(call.failure, ['threw', 'the extension threw'])
    assert.equal(counters.failures('threw'), 1)
  })

  for (const [target, why, detail] of [
    ['/block', 'blocked', /^its loop stood still for \d+ ms$/],
    ['/crash', 'died', /^TypeError: nobody catches this at .*scripted-host\.ts:\d+$/],
    ['/leak', 'died', /^it needed more than its 32 MiB of memory$/],
    ['/exit', 'died', /^its thread ended with code 3$/],
  ] as const) {
    test(`${target} ends the thread, and all requests in it`, async (context) => {
      // A memory that is nearly full stands still for longer than a short watchdog waits.
      const { open, heard, thread } = await start(context, why === 'blocked' ? group.watchdog : 30_000)
      const died = once(heard, 'died')

      const { call: bystander } = open('/wait')
      const { call } = open(target)

      assert.equal(await call.ended(), 'failed')
      assert.equal(call.failure?.[0], why)
      assert.match(call.failure?.[1] ?? '', detail)
      assert.equal(await bystander.ended(), 'failed')
      assert.equal((await died)[0], why)
      assert.equal(open('/echo').sink, undefined)
      await thread.ended
    })
  }

  test('hand their output on, line by line', async (context) => {
    const { open, heard } = await start(context)
    const line = once(heard, 'line')

    open('/say').sink?.end()

    assert.deepEqual(await line, ['xxxxxxxxxx r1'])
  })
})
