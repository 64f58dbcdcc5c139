import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { beforeEach, describe, test } from 'node:test'
import { onSignals } from '../../../src/app/signals.ts'

describe('onSignals', () => {
  let source: EventEmitter
  let now: number
  let seen: string[]

  beforeEach(() => {
    source = new EventEmitter()
    now = 1_000
    seen = []
    const actions = {
      onReload: () => seen.push('reload'),
      onReopenLogs: () => seen.push('reopen'),
      onStop: (signal: string) => seen.push(`stop ${signal}`),
      onStopAtOnce: (code: number) => seen.push(`at once ${code}`),
    }
    const clock = { now: () => now, wall: () => now, setTimeout: () => undefined, clearTimeout: () => {} }
    onSignals(source as never, actions, clock)
  })

  test('reloads on SIGHUP and reopens logs on SIGUSR2, as often as it is asked', () => {
    source.emit('SIGHUP')
    source.emit('SIGUSR2')
    source.emit('SIGHUP')

    assert.deepEqual(seen, ['reload', 'reopen', 'reload'])
  })

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    test(`stops on ${signal} and ends at once with ${code} on the second`, () => {
      source.emit(signal)
      now += 1_000
      source.emit(signal)

      assert.deepEqual(seen, [`stop ${signal}`, `at once ${code}`])
    })
  }

  test('takes copies of one key press for one', () => {
    source.emit('SIGINT')
    now += 20
    source.emit('SIGINT')

    assert.deepEqual(seen, ['stop SIGINT'])
  })
})
