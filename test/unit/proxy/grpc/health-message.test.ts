import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readServingStatus, serviceRequest } from '../../../../src/proxy/grpc/health-message.ts'
import { lengthPrefixed } from '../../../../src/wire/grpc/message.ts'

describe('a health request', () => {
  test('of the whole server is empty', () => {
    assert.deepEqual(lengthPrefixed(serviceRequest('')), Buffer.alloc(5))
  })

  test('names its service', () => {
    assert.deepEqual(serviceRequest('a.B'), Buffer.from([0x0a, 3, 0x61, 0x2e, 0x42]))
  })

  test('may have a name longer than one byte tells', () => {
    assert.deepEqual([...serviceRequest('x'.repeat(300)).subarray(0, 3)], [0x0a, 0xac, 0x02])
  })
})

describe('a health response', () => {
  for (const [what, bytes, status] of [
    ['that serves', [0, 0, 0, 0, 2, 8, 1], 'SERVING'],
    ['that does not', [0, 0, 0, 0, 2, 8, 2], 'NOT_SERVING'],
    ['that does not know the service', [0, 0, 0, 0, 2, 8, 3], 'SERVICE_UNKNOWN'],
    ['that says nothing', [0, 0, 0, 0, 0], 'UNKNOWN'],
    ['of the future', [0, 0, 0, 0, 2, 8, 9], 'status 9'],
    ['without a message', [], 'no plain message'],
    ['that is compressed', [1, 0, 0, 0, 2, 8, 1], 'no plain message'],
    ['that is cut off', [0, 0, 0, 0, 9, 8, 1], 'half a message'],
    ['of another kind', [0, 0, 0, 0, 2, 0x12, 1], 'another message'],
  ] as const) {
    test(`${what} is read as "${status}"`, () => assert.equal(readServingStatus(Buffer.from(bytes)), status))
  }
})
