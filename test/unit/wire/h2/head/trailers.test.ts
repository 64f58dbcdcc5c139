import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readTrailers } from '../../../../../src/wire/h2/head/trailers.ts'
import { type Field, listOf, repeated } from './support.ts'

const metadata: readonly Field[] = [
  ['grpc-status', '0'],
  ['grpc-message', 'ok'],
  ['x-own_name', '1'],
  ['own-bin', 'AAA='],
  ['set-cookie', 'a=b'],
  ['authorization', 'x'],
]

describe('trailers of a response', () => {
  test('all pass, gRPC metadata as it is', () => {
    const list = listOf(metadata)

    assert.equal(readTrailers(list, 'response'), list.fields)
  })

  for (const name of [
    'host',
    'te',
    'trailer',
    'expect',
    'max-forwards',
    'http2-settings',
    'proxy-authenticate',
    'l5d-err',
    'x-envoy-upstream',
  ]) {
    test(`pass without ${name}`, () => {
      const value = name === 'te' ? 'trailers' : 'x'
      const list = listOf([
        ['grpc-status', '0'],
        [name, value],
        ['hosts', 'y'],
      ])

      assert.equal(readTrailers(list, 'response'), 'grpc-status: 0\r\nhosts: y\r\n')
    })
  }
})

describe('trailers of a request', () => {
  test('M16: pass when they are announced or known, and are none that would change the request', () => {
    const list = listOf([
      ['x-sum', '1'],
      ['x-other', '2'],
      ['host', 'evil'],
      ['authorization', 'x'],
      ['grpc-status', '0'],
    ])

    const announced = 'X-Sum, authorization, host'

    assert.equal(readTrailers(list, 'request', announced), 'x-sum: 1\r\ngrpc-status: 0\r\n')
    assert.equal(readTrailers(list, 'request'), 'grpc-status: 0\r\n')
  })
})

describe('trailers are refused for', () => {
  const rows: readonly (readonly [what: string, field: Field])[] = [
    ['M15: a pseudo field', [':path', '/']],
    ['M15: :status', [':status', '200']],
    ['M15: content-length', ['content-length', '1']],
    ['M15: a twin of content-length', ['content_length', '1']],
    ['M15: transfer-encoding', ['transfer-encoding', 'chunked']],
    ['M16: a value with a line behind it', ['x-sum', '1\r\nhost: evil']],
  ]
  for (const [what, field] of rows) {
    for (const [side, reason] of [
      ['request', 'bad_header'],
      ['response', 'upstream_bad_response'],
    ] as const) {
      test(`${what}, of a ${side}`, () => {
        const list = listOf([field])
        const refusal = readTrailers(list, side, field[0])

        assert.equal(typeof refusal === 'string' ? refusal : refusal.reason, reason)
        assert.equal(list.fault, 'malformed')
      })
    }
  }

  test('more of them than the limit', () => {
    const fields = repeated(101)
    const reasons = (['request', 'response'] as const).map((side) => {
      const refusal = readTrailers(listOf(fields), side)
      return typeof refusal === 'string' ? refusal : refusal.reason
    })

    assert.deepEqual(reasons, ['trailers_too_large', 'upstream_head_too_large'])
  })
})
