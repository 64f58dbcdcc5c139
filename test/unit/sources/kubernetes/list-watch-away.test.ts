import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError } from '../../../../src/sources/kubernetes/api.ts'
import { bookmark, configMapJson } from '../../../support/kubernetes/api-objects.ts'
import { failure, ListWatchStage as Stage } from '../../../support/kubernetes/list-watch-stage.ts'

// Faults of reaching the API server: what is known holds, and the server is not hammered.

describe('silently dead watch', () => {
  test('is opened again from where it was', async () => {
    await using stage = new Stage()
    const watch = await stage.started(configMapJson('a', '1'))
    watch.say(bookmark(33))

    watch.end('silent')
    await stage.clock.advanceAsync(1_000)

    const next = await stage.api.nextWatch()
    assert.match(next.path, /resourceVersion=33&/)
    assert.match(stage.watch.status().lastError, /was silent for too long/)
    next.open()
    assert.equal(stage.watch.status().lastError, '')
  })

  test('twice in a row makes everything be read again: a restored server says nothing to who is ahead of it', async () => {
    await using stage = new Stage()
    const watch = await stage.started()

    watch.end('silent')
    await stage.clock.advanceAsync(1_000)
    const second = await stage.api.nextWatch()
    second.open()
    second.end('silent')
    await stage.clock.advanceAsync(2_000)

    const list = await stage.api.nextRequest()
    assert.equal(list.path, '/api/v1/configmaps?limit=500')
  })

  test('of a server that does not even answer is no reason to read everything again', async () => {
    await using stage = new Stage()
    const watch = await stage.started()

    watch.end('silent')
    await stage.clock.advanceAsync(1_000)
    const second = await stage.api.nextWatch()
    second.end('silent')
    await stage.clock.advanceAsync(2_000)

    const third = await stage.api.nextWatch()
    assert.match(third.path, /resourceVersion=10&/)
  })

  test('a bookmark that is older than what is known makes everything be read again', async () => {
    await using stage = new Stage()
    const watch = await stage.started()

    watch.say(bookmark(5))
    await stage.clock.advanceAsync(1_000)

    const list = await stage.api.nextRequest()
    assert.equal(list.path, '/api/v1/configmaps?limit=500')
  })
})

describe('API server away', () => {
  test('what is known holds for hours, and it is asked at most every half minute', async () => {
    await using stage = new Stage()
    const watch = await stage.started(configMapJson('a', '1'))
    watch.end({ broken: 'closed in mid answer' })
    let tries = 0

    for (let second = 0; second < 7_200; second += 1) {
      await stage.clock.advanceAsync(1_000)
      if (stage.api.untaken === 0) continue
      tries += 1
      ;(await stage.api.nextWatch()).fail(failure(0))
    }

    assert.deepEqual(stage.values(), ['a=1'])
    assert.equal(stage.watch.status().state, 'stale')
    assert.equal(stage.watch.isSettled, true)
    assert.ok(tries > 240 && tries < 500, `${tries} tries in two hours`)
  })

  test('says why a watch broke', async () => {
    await using stage = new Stage()
    const watch = await stage.started()

    watch.end({ broken: '"read ECONNRESET"' })
    await stage.clock.advanceAsync(0)

    const { state, lastError } = stage.watch.status()
    assert.deepEqual(
      [state, lastError],
      ['stale', 'the watch of configmaps broke: "read ECONNRESET"; it is opened again'],
    )
  })

  test('at start it is not settled, says why, and is current once the server is there', async () => {
    await using stage = new Stage()
    const first = await stage.api.nextRequest()
    first.fail(new ApiError('the API server cannot be reached', { status: 0 }))
    await stage.clock.advanceAsync(0)
    const before = stage.watch.status()

    await stage.clock.advanceAsync(1_000)
    await stage.started(configMapJson('a', '1'))

    assert.deepEqual([before.state, before.lastError], ['starting', 'the API server cannot be reached'])
    const { state, lastError, errors, objects } = stage.watch.status()
    assert.deepEqual([state, lastError, errors, objects], ['current', '', 1, 1])
  })
})

describe('API server back', () => {
  test('one who hears it again wakes the others from a long pause', async () => {
    await using stage = new Stage()
    const watch = await stage.started()
    watch.end({ broken: 'closed in mid answer' })
    for (const pause of [1_000, 2_000, 3_000, 5_000, 9_000]) {
      await stage.clock.advanceAsync(pause)
      const next = await stage.api.nextWatch()
      next.fail(failure(0))
    }
    await stage.clock.advanceAsync(0)

    stage.outage.over()

    const next = await stage.api.nextWatch()
    assert.match(next.path, /resourceVersion=10&/)
  })

  test('after being down at start it is asked within a second', async () => {
    await using stage = new Stage()

    for (let attempt = 0; attempt < 20; attempt += 1) {
      const list = await stage.api.nextRequest()
      list.fail(failure(0))
      await stage.clock.advanceAsync(1_000)
    }

    assert.equal(stage.api.untaken, 1)
  })
})

describe('403 on one resource', () => {
  test('settles it with a clear status and is asked for again after a minute', async () => {
    await using stage = new Stage()
    const list = await stage.api.nextRequest()

    list.fail(new ApiError('GET "/api/v1/configmaps" is not allowed (403)', { status: 403 }))
    await stage.clock.advanceAsync(59_000)

    assert.equal(stage.watch.isSettled, true)
    assert.equal(stage.watch.isRefused, true)
    assert.equal(stage.watch.status().lastError, 'GET "/api/v1/configmaps" is not allowed (403)')
    assert.equal(stage.api.untaken, 0)
    await stage.clock.advanceAsync(31_000)
    await stage.started(configMapJson('a', '1'))
    assert.deepEqual([stage.watch.isRefused, stage.watch.status().state], [false, 'current'])
  })

  test('that comes later leaves what is known in place', async () => {
    await using stage = new Stage()
    const watch = await stage.started(configMapJson('a', '1'))

    watch.fail(failure(403))
    await stage.clock.advanceAsync(0)

    assert.deepEqual(stage.values(), ['a=1'])
    assert.equal(stage.watch.status().state, 'stale')
  })
})

describe('429 and 503 with Retry-After', () => {
  for (const status of [429, 503]) {
    test(`${status} is obeyed, and a little more is waited`, async () => {
      await using stage = new Stage()
      const list = await stage.api.nextRequest()

      list.fail(failure(status, { retryAfter: 20_000 }))
      await stage.clock.advanceAsync(20_000)

      assert.equal(stage.api.untaken, 0)
      await stage.clock.advanceAsync(10_000)
      assert.equal(stage.api.untaken, 1)
    })
  }
})

describe('ending', () => {
  const places: readonly (readonly [string, (stage: Stage) => Promise<unknown>])[] = [
    ['while it lists', (stage) => stage.api.nextRequest()],
    ['while it watches', (stage) => stage.started()],
    ['while it waits', async (stage) => (await stage.api.nextRequest()).fail(failure(500))],
  ]
  for (const [where, come] of places) {
    test(`${where} is prompt and leaves no timer`, async () => {
      const stage = new Stage()
      await come(stage)
      await stage.clock.advanceAsync(0)

      await stage[Symbol.asyncDispose]()

      assert.equal(stage.clock.waiting, 0)
    })
  }
})
