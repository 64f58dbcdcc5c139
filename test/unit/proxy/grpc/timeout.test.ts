import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseGrpcTimeout, printGrpcTimeout } from '../../../../src/proxy/grpc/timeout.ts'

describe('grpc-timeout is read', () => {
  for (const [text, ms] of [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3_000],
    ['250m', 250],
    ['4000u', 4],
    ['5000000n', 5],
    ['0S', 0],
    ['99999999H', 99_999_999 * 3_600_000],
  ] as const) {
    test(`"${text}" as ${ms} ms`, () => assert.equal(parseGrpcTimeout(text), ms))
  }

  for (const text of [
    '',
    '1',
    'S',
    '-1S',
    '+1S',
    '1x',
    '1s',
    '1h',
    '123456789S',
    '1.5S',
    '1 S',
    '0x1S',
    '1S1S',
  ]) {
    test(`"${text}" as none`, () => assert.equal(parseGrpcTimeout(text), undefined))
  }
})

describe('grpc-timeout is written', () => {
  for (const [ms, text] of [
    [250, '250m'],
    [0.2, '1m'],
    [-5, '1m'],
    [99_999_999, '99999999m'],
    [100_000_000, '100000S'],
    [99_999_999 * 3_600_000, '99999999H'],
    [Number.MAX_VALUE, '99999999H'],
  ] as const) {
    test(`${ms} ms as "${text}"`, () => assert.equal(printGrpcTimeout(ms), text))
  }
})
