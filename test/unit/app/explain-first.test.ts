import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explainModel } from '../../../src/app/explain-file.ts'
import { modelOf } from '../../support/gateway.ts'

const model = modelOf({
  listeners: [{ name: 'web', address: '127.0.0.1:8080', limits: { body: '2KiB' } }],
  routes: [
    { path: '/small', body: { limit: '1KiB' }, filters: [{ ipRules: { deny: ['10.0.0.0/8'] } }], to: 'one' },
    { path: '/usual', to: 'one' },
    { path: '/stream', body: { mode: 'stream' }, to: 'one' },
    { path: '/ws', upgrade: { protocols: ['websocket'], origins: ['https://a.test'] }, to: 'one' },
  ],
  clusters: { one: { endpoints: ['10.0.0.1:80'] } },
})

function explained(method: string, path: string, headers: readonly (readonly [string, string])[]) {
  const url = `http://a.test:8080${path}`
  return explainModel({ method, url, headers, from: undefined, listener: undefined }, model)
}

describe('explain knows what is answered before filters', () => {
  for (const [path, length, reason] of [
    ['/small', 1024, null],
    ['/small', 1025, 'body_too_large'],
    ['/usual', 2048, null],
    ['/usual', 2049, 'body_too_large'],
    ['/stream', 1_000_000, null],
  ] as const) {
    test(`a body of ${length} bytes for ${path}: ${reason}`, () => {
      assert.equal(explained('POST', path, [['content-length', String(length)]]).reason, reason)
    })
  }

  test('a gRPC call may be longer than its listener lets others be, and not than its route', () => {
    const reasons = ['/usual', '/small'].map((path) => {
      const fields = [
        ['content-type', 'application/grpc+proto'] as const,
        ['content-length', '5000'] as const,
      ]
      return explained('POST', path, fields).reason
    })

    assert.deepEqual(reasons, [null, 'body_too_large'])
  })

  test('OPTIONS that goes no further', () => {
    const { outcome, reason } = explained('OPTIONS', '/small', [['max-forwards', '0']])

    assert.deepEqual([reason, outcome.slice(0, 12)], ['options', '200 options:'])
  })

  test('no filter is reached then', () => {
    const { outcome, route } = explained('POST', '/small', [['content-length', '1025']])

    assert.equal(outcome, '413 body_too_large: 1025 of 1024 bytes')
    assert.deepEqual(
      route?.filters.map(({ verdict }) => verdict),
      ['not reached'],
    )
  })

  const asks = [
    ['connection', 'upgrade'],
    ['upgrade', 'websocket'],
    ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['sec-websocket-version', '13'],
  ] as const
  for (const [what, headers, reason] of [
    ['of a page that may', [...asks, ['origin', 'https://a.test']], null],
    ['of a page that may not', [...asks, ['origin', 'https://evil.test']], 'upgrade_origin'],
    ['without a version', [...asks.slice(0, 3), ['origin', 'https://a.test']], 'websocket_version'],
  ] as const) {
    test(`a question for a websocket ${what}: ${reason}`, () => {
      assert.equal(explained('GET', '/ws', headers).reason, reason)
    })
  }
})
