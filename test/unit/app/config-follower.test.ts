import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { ConfigFollower } from '../../../src/app/config-follower.ts'
import type { Loaded } from '../../../src/control/reconciler.ts'
import { Logger } from '../../../src/telemetry/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { type TestFolder, testFolder } from '../../support/folder.ts'

const nothingNew: Loaded = {
  what: 'changes',
  result: 'good',
  difference: undefined,
  problems: [],
  files: [],
  waitingFor: [],
}

describe('following a configuration', () => {
  let folder: TestFolder
  let clock: FakeClock
  let follower: ConfigFollower
  /** Loads that have been asked for and not answered. */
  let asked: ((loaded: Loaded) => void)[]
  let told: string[]
  let threadsEnded: number
  let refuse: boolean

  beforeEach(() => {
    folder = testFolder()
    clock = new FakeClock()
    asked = []
    told = []
    threadsEnded = 0
    refuse = false
    follower = new ConfigFollower({
      clock,
      logger: new Logger({
        level: 'error',
        format: 'json',
        write: () => {},
        wall: () => clock.wall(),
        fields: {},
      }),
      paths: [folder.write('gateway.yaml', '')],
      loader: {
        load: () => new Promise((resolve) => asked.push(resolve)),
        stop: async () => {},
        [Symbol.asyncDispose]: async () => void threadsEnded++,
      },
      onLoaded: ({ what }) => told.push(what),
      onMembership: ({ changes }) => {
        if (refuse) throw new Error('it does not fit')
        told.push(changes.map(({ hash }) => hash).join())
      },
    })
  })

  afterEach(async () => {
    await follower[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  async function begun(): Promise<void> {
    const first = follower.first()
    await untilAsked(1)
    asked.shift()?.(nothingNew)
    await first
  }

  async function untilAsked(count: number): Promise<void> {
    while (asked.length < count) await turn()
  }

  function moved(hash: string): void {
    follower.takeMembership({ changes: [{ from: '', hash, members: '[]' }] })
  }

  test('tells of endpoints at once when nothing else is under way', async () => {
    await begun()
    follower.begin()
    await turn()

    moved('one')

    assert.deepEqual(told, ['one'])
  })

  test('tells of endpoints after what was asked for before them', async () => {
    await begun()
    follower.begin()
    follower.takeChanges()
    moved('two')
    await untilAsked(1)
    moved('three')
    assert.deepEqual(told, [])

    asked.shift()?.(nothingNew)
    while (told.length < 3) await turn()

    assert.deepEqual(told, ['changes', 'two', 'three'])
  })

  test('holds what a source tells until there is somebody to be told', async () => {
    await begun()
    moved('one')
    follower.takeChanges()
    await turn()
    assert.deepEqual([told, asked.length], [[], 0])

    follower.begin()
    await untilAsked(1)
    asked.shift()?.(nothingNew)
    while (told.length < 2) await turn()

    assert.deepEqual(told, ['one', 'changes'])
  })

  test('starts another thread after a change that does not fit, and reads everything again', async () => {
    await begun()
    follower.begin()
    await turn()
    refuse = true

    moved('one')
    assert.equal(threadsEnded, 1)
    clock.advance(60_000)
    await untilAsked(1)

    assert.deepEqual(told, [])
  })
})
