import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ExtensionEvents, ExtensionRequest } from '../../../src/extend/call.ts'
import { NearCalls } from '../../../src/extend/thread/near-calls.ts'

const request: ExtensionRequest = {
  method: 'GET',
  target: '/',
  authority: 'a.test',
  fields: '',
  length: 0,
  clientAddress: '',
  scheme: 'http',
  requestId: '',
  route: '',
}

/** Notes under its name what it is told of the end. */
function noting(name: string, told: string[]): ExtensionEvents {
  return {
    head: () => {},
    data: () => true,
    end: () => {},
    drained: () => {},
    abort: () => {},
    failed: (why) => void told.push(`${name} ${why}`),
    upstream: () => assert.fail('nothing is let through'),
  }
}

describe('calls into a thread', () => {
  test('get numbers that no open call has, when those begin anew', () => {
    const told: string[] = []
    const calls = new NearCalls(() => {}, { pong: () => {}, failed: () => {} }, 4)
    const begin = (name: string) => calls.begin(request, noting(name, told))

    begin('first')
    begin('old')
    for (let i = 0; i < 9; i++) begin('short').abort()
    begin('new')
    begin('newer')

    assert.equal(calls.open, 4)
    calls.failAll('died', '')
    assert.deepEqual(told.sort(), ['first died', 'new died', 'newer died', 'old died'])
  })
})
