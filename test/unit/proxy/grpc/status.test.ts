import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Reason, reasons } from '../../../../src/model/reasons.ts'
import {
  grpcCodeOf,
  grpcCodeOfStatus,
  grpcStatusFields,
  lastGrpcCode,
  readGrpcStatus,
} from '../../../../src/proxy/grpc/status.ts'
import { replies } from '../../../../src/proxy/rescue.ts'

describe('the gRPC code of an answer of the gateway', () => {
  for (const [reason, code] of [
    ['no_route_path', 12],
    ['no_endpoints', 14],
    ['upstream_connect', 14],
    ['connect_timeout', 14],
    ['upstream_refused', 14],
    ['upstream_incomplete', 14],
    ['route_timeout', 4],
    ['response_timeout', 4],
    ['body_too_large', 8],
    ['internal_error', 13],
    ['bad_grpc_timeout', 3],
    ['client_closed', 1],
  ] as const) {
    test(`for ${reason} is ${code}`, () => assert.equal(grpcCodeOf(reason, replies[reason].status, -1), code))
  }

  test('is one that exists, and never OK, for every reason', () => {
    const names = Object.keys(reasons) as Reason[]

    const wrong = names.filter((reason) => {
      const code = grpcCodeOf(reason, replies[reason].status, -1)
      return code < 1 || code > lastGrpcCode
    })

    assert.deepEqual(wrong, [])
  })

  for (const [reset, code] of [
    [1, 13],
    [7, 14],
    [8, 1],
    [11, 8],
    [12, 7],
  ] as const) {
    test(`for a reset with ${reset} is ${code}`, () =>
      assert.equal(grpcCodeOf('upstream_reset', 502, reset), code))
  }
})

describe('the gRPC code of a response without one', () => {
  for (const [status, code] of [
    [200, 2],
    [400, 13],
    [401, 16],
    [403, 7],
    [404, 12],
    [418, 2],
    [429, 14],
    [503, 14],
  ] as const) {
    test(`with ${status} is ${code}`, () => assert.equal(grpcCodeOfStatus(status), code))
  }
})

describe('grpc-status', () => {
  for (const [fields, code] of [
    ['grpc-status: 0\r\n', 0],
    ['x: 1\r\nGrpc-Status: 14\r\n', 14],
    ['grpc-status: 14\r\ngrpc-status: 0\r\n', -1],
    ['grpc-status: -1\r\n', -1],
    ['grpc-status: 99999\r\n', -1],
    ['grpc-status: \r\n', -1],
    ['', -1],
  ] as const) {
    test(`of ${JSON.stringify(fields)} is ${code}`, () => assert.equal(readGrpcStatus(fields), code))
  }

  test('comes with its message in percent-encoding', () => {
    assert.equal(
      grpcStatusFields(5, 'no "ü" at 100 %\r\nx'),
      'grpc-status: 5\r\ngrpc-message: no "%C3%BC" at 100 %25%0D%0Ax\r\n',
    )
  })
})
