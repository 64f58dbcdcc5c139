import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError } from '../../../../src/sources/kubernetes/api.ts'
import { bookmark, configMapJson, event, expired, listJson } from '../../../support/kubernetes/api-objects.ts'
import { failure, ListWatchStage as Stage } from '../../../support/kubernetes/list-watch-stage.ts'
import type { AskedWatch } from '../../../support/kubernetes/scripted-api.ts'

// Faults of what the API server says: what is known holds, and is never empty in between.

describe('list and watch: normal operation', () => {
  test('reads all pages, then follows from the version of the list with bookmarks asked for', async () => {
    await using stage = new Stage()

    const first = await stage.api.nextRequest()
    first.answer(listJson(10, [configMapJson('a', '1')], 'next/token'))
    const second = await stage.api.nextRequest()
    second.answer(listJson(10, [configMapJson('b', '2')]))
    const watch = await stage.api.nextWatch()

    assert.equal(first.path, '/api/v1/configmaps?limit=500')
    assert.equal(second.path, '/api/v1/configmaps?limit=500&continue=next%2Ftoken')
    assert.equal(
      watch.path,
      '/api/v1/configmaps?watch=1&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds=450',
    )
    assert.equal(watch.options.silence, 82_500)
    assert.deepEqual(stage.values(), ['a=1', 'b=2'])
    assert.equal(stage.watch.isSettled, true)
  })

  test('tells of objects that come, change and go', async () => {
    await using stage = new Stage()
    const watch = await stage.started(configMapJson('a', '1'))

    watch.say(
      event('ADDED', configMapJson('b', '2', { version: 11 })),
      event('MODIFIED', configMapJson('a', '3', { version: 12 })),
      event('DELETED', configMapJson('b', '2', { version: 13 })),
    )

    assert.deepEqual(stage.changes, ['shop/a - → 1', 'shop/b - → 2', 'shop/a 1 → 3', 'shop/b 2 → -'])
  })

  test('keeps the object the same when only what is not read changed, and knows the new version', async () => {
    await using stage = new Stage()
    const watch = await stage.started(configMapJson('a', '1'))
    const before = stage.watch.table.get('shop/a')

    watch.say(event('MODIFIED', configMapJson('a', '1', { version: 15, labels: { other: 'x' } })))

    const after = stage.watch.table.get('shop/a')
    assert.equal(after?.object, before?.object)
    assert.equal(after?.version, '15')
    assert.deepEqual(stage.changes, ['shop/a - → 1'])
  })
})

describe('watch closed, ended or reset every 5 to 10 minutes', () => {
  for (const [what, end] of [
    ['closed', 'closed'],
    ['broken', { broken: 'closed in mid answer' }],
  ] as const) {
    test(`a watch that is ${what} resumes from the last bookmark without a relist`, async () => {
      await using stage = new Stage()
      const watch = await stage.started(configMapJson('a', '1'))
      watch.say(event('ADDED', configMapJson('b', '2', { version: 11 })), bookmark(40))

      await stage.clock.advanceAsync(300_000)
      watch.end(end)
      await stage.clock.advanceAsync(1_000)

      const next = await stage.api.nextWatch()
      assert.match(next.path, /resourceVersion=40&/)
      assert.equal(stage.watch.status().relists, 0)
      assert.deepEqual(stage.values(), ['a=1', 'b=2'])
    })
  }

  test('a watch that is closed at once is not opened again at once', async () => {
    await using stage = new Stage()
    const watch = await stage.started()

    watch.end('closed')
    await stage.clock.advanceAsync(499)

    assert.equal(stage.api.untaken, 0)
    await stage.clock.advanceAsync(1_000)
    assert.equal(stage.api.untaken, 1)
  })
})

describe('410 Gone', () => {
  const ways: readonly (readonly [string, (watch: AskedWatch) => void])[] = [
    ['as HTTP status', (watch) => watch.fail(failure(410, { reason: 'Expired' }))],
    ['as an ERROR event inside a 200 stream', (watch) => watch.say(expired())],
  ]
  for (const [way, happen] of ways) {
    test(`${way} leads to a full relist that is compared and swapped, never to an empty table`, async () => {
      await using stage = new Stage()
      const watch = await stage.started(
        configMapJson('a', '1'),
        configMapJson('b', '2'),
        configMapJson('c', '3'),
      )
      const kept = stage.watch.table.get('shop/a')?.object

      happen(watch)
      const list = await stage.api.nextRequest()
      const during = stage.values()
      list.answer(
        listJson(99, [configMapJson('a', '1', { version: 50 }), configMapJson('b', '9', { version: 51 })]),
      )
      const next = await stage.api.nextWatch()

      assert.deepEqual(during, ['a=1', 'b=2', 'c=3'])
      assert.deepEqual(stage.changes.slice(3), ['shop/c 3 → -', 'shop/b 2 → 9'])
      assert.deepEqual(stage.sizes, [3, 2])
      assert.equal(stage.watch.table.get('shop/a')?.object, kept)
      assert.match(next.path, /resourceVersion=99&/)
      assert.equal(stage.watch.status().relists, 1)
    })
  }

  test('in the middle of pages begins again in one piece', async () => {
    await using stage = new Stage()
    const first = await stage.api.nextRequest()
    first.answer(listJson(10, [configMapJson('gone', '1')], 'token'))
    const second = await stage.api.nextRequest()
    second.fail(failure(410, { reason: 'Expired' }))

    const whole = await stage.api.nextRequest()
    whole.answer(listJson(20, [configMapJson('a', '1')]))
    await stage.api.nextWatch()

    assert.equal(whole.path, '/api/v1/configmaps')
    assert.deepEqual(stage.values(), ['a=1'])
  })

  test('after a long outage is answered at once', async () => {
    await using stage = new Stage()
    const watch = await stage.started()
    watch.end({ broken: 'closed in mid answer' })
    for (const pause of [1_000, 2_000, 3_000]) {
      await stage.clock.advanceAsync(pause)
      const next = await stage.api.nextWatch()
      next.fail(failure(0))
    }
    await stage.clock.advanceAsync(10_000)
    const back = await stage.api.nextWatch()

    back.fail(failure(410))

    const list = await stage.api.nextRequest()
    assert.equal(list.path, '/api/v1/configmaps?limit=500')
  })

  test('again and again is answered with ever longer pauses', async () => {
    await using stage = new Stage()
    const watch = await stage.started()
    watch.say(expired())
    const list = await stage.api.nextRequest()
    list.answer(listJson(99, []))
    const second = await stage.api.nextWatch()

    second.say(expired())
    await stage.clock.advanceAsync(499)

    assert.equal(stage.api.untaken, 0)
    await stage.clock.advanceAsync(500)
    assert.equal(stage.api.untaken, 1)
  })
})

describe('slow or huge list', () => {
  test('of pages that are too large, smaller ones are asked for', async () => {
    await using stage = new Stage()
    const first = await stage.api.nextRequest()

    first.fail(new ApiError('too large', { status: 0, reason: 'AnswerTooLarge' }))

    const second = await stage.api.nextRequest()
    assert.equal(second.path, '/api/v1/configmaps?limit=50')
  })

  test('a list that failed half way is not taken for the whole', async () => {
    await using stage = new Stage()
    const watch = await stage.started(configMapJson('a', '1'), configMapJson('b', '2'))
    watch.say(expired())
    const first = await stage.api.nextRequest()
    first.answer(listJson(20, [configMapJson('a', '1')], 'token'))

    const second = await stage.api.nextRequest()
    second.fail(failure(500))
    await stage.clock.advanceAsync(0)

    assert.deepEqual(stage.values(), ['a=1', 'b=2'])
    assert.equal(stage.watch.status().state, 'stale')
  })
})

describe('out-of-order, duplicate, unknown and malformed events', () => {
  test('an older version of an object never replaces a newer one', async () => {
    await using stage = new Stage()
    const watch = await stage.started(configMapJson('a', 'new', { version: 100 }))

    watch.say(
      event('MODIFIED', configMapJson('a', 'old', { version: 99 })),
      event('DELETED', configMapJson('a', 'old', { version: 98, uid: 'before' })),
    )

    assert.deepEqual(stage.values(), ['a=new'])
  })

  test('a duplicate changes nothing', async () => {
    await using stage = new Stage()
    const watch = await stage.started()
    const added = event('ADDED', configMapJson('a', '1', { version: 11 }))

    watch.say(added, added)

    assert.deepEqual(stage.changes, ['shop/a - → 1'])
  })

  const unclear: readonly (readonly [string, unknown])[] = [
    ['an unknown type', event('RENAMED', configMapJson('a', '9', { version: 11 }))],
    ['no object', { type: 'MODIFIED' }],
    ['an object without a name', event('MODIFIED', { metadata: { namespace: 'shop' } })],
    ['metadata that is a text', event('DELETED', { metadata: 'all' })],
    ['a bookmark without a version', event('BOOKMARK', {})],
  ]
  for (const [what, line] of unclear) {
    test(`an event with ${what} is left out, told, and the watch goes on`, async () => {
      await using stage = new Stage()
      const watch = await stage.started(configMapJson('a', '1'))

      watch.say(line, event('MODIFIED', configMapJson('a', '2', { version: 12 })))

      assert.deepEqual(stage.values(), ['a=2'])
      assert.equal(stage.watch.status().errors, 1)
    })
  }

  test('a line that is not JSON may have been a change, so everything is read again', async () => {
    await using stage = new Stage()
    const watch = await stage.started(configMapJson('a', '1'))

    watch.say(undefined)
    await stage.clock.advanceAsync(1_000)

    const list = await stage.api.nextRequest()
    assert.equal(list.path, '/api/v1/configmaps?limit=500')
    assert.deepEqual(stage.values(), ['a=1'])
  })

  test('an object that is not of its form leaves the one before in place and says so until it is mended', async () => {
    await using stage = new Stage()
    const watch = await stage.started(configMapJson('a', '1'))

    watch.say(event('MODIFIED', { ...configMapJson('a', '', { version: 11 }), data: 'all' }))
    const during = stage.watch.status()
    watch.say(event('MODIFIED', configMapJson('a', '2', { version: 12 })))

    assert.equal(during.lastError, 'configmaps: "shop/a" stays as it was: "data" is not an object')
    assert.equal(stage.watch.status().lastError, '')
    assert.deepEqual(stage.values(), ['a=2'])
  })

  test('an object that is not of its form does not cost the others of its list', async () => {
    await using stage = new Stage()

    await stage.started(
      { metadata: { name: 'bad', creationTimestamp: 'never' } },
      'nothing',
      configMapJson('a', '1'),
    )

    assert.deepEqual(stage.values(), ['a=1'])
    assert.match(
      stage.watch.status().lastError,
      /"\/bad" is left out: "metadata.creationTimestamp" is not a time/,
    )
  })
})
