import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Counting } from '../../../src/extend/counting.ts'
import { InlineInstance } from '../../../src/extend/inline-instance.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { testFolder } from '../../support/folder.ts'

describe('extensions in the thread that carries traffic', () => {
  test('are left when they do not give back what they hold', async () => {
    using folder = testFolder()
    const file = folder.write(
      'my.ts',
      `export default async (app) => {
  app.addHook('onClose', () => new Promise(() => {}))
}`,
    )
    const clock = new FakeClock()
    const started = Promise.withResolvers<void>()
    const instance = new InlineInstance({
      clock,
      group: {
        id: 'a',
        isolation: 'inline',
        memory: 0,
        watchdog: 0,
        env: [],
        modules: [{ name: './my.ts', file, digest: 'a', options: {} }],
      },
      counters: new Counting(),
      events: {
        ready: () => started.resolve(),
        unstartable: ({ message }) => started.reject(new Error(message)),
        died: () => {},
      },
      log: () => {},
    })
    await started.promise

    instance.stop()
    clock.advance(5_000)

    await assert.doesNotReject(instance.ended)
  })
})
