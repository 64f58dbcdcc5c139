import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkAdminSettings } from '../../../src/admin/admin-settings.ts'
import { isOwnHost } from '../../../src/admin/guard.ts'
import { Secret } from '../../../src/model/secret.ts'

describe('checkAdminSettings', () => {
  const long = '0123456789abcdef'
  const table = [
    ['127.0.0.1', '', 'allows'],
    ['127.8.8.8', '', 'allows'],
    ['::1', '', 'allows'],
    ['::ffff:127.0.0.1', '', 'allows'],
    ['localhost', '', 'allows'],
    ['0.0.0.0', long, 'allows'],
    ['0.0.0.0', '', 'refuses'],
    ['::', '', 'refuses'],
    ['10.0.0.1', '', 'refuses'],
    ['::ffff:10.0.0.1', '', 'refuses'],
    ['gateway.example', '', 'refuses'],
    ['localhost.example', '', 'refuses'],
    ['0.0.0.0', 'short', 'refuses'],
    ['127.0.0.1', 'short', 'refuses'],
  ] as const
  for (const [host, token, verdict] of table) {
    test(`${verdict} ${host} with ${token === '' ? 'no token' : `token "${token}"`}`, () => {
      const secret = token === '' ? undefined : new Secret(token)

      const refusal = checkAdminSettings({ address: { kind: 'tcp', host, port: 9901 }, token: secret })

      assert.equal(refusal === undefined ? 'allows' : 'refuses', verdict)
    })
  }

  test('writes addresses as operators do and names field and remedy', () => {
    const refusal = checkAdminSettings({ address: { kind: 'tcp', host: '::', port: 9901 }, token: undefined })

    assert.match(refusal ?? '', /^admin\.address "\[::\]:9901" .*: set admin\.token, or /)
  })

  test('does not show a token that is too short', () => {
    const address = { kind: 'tcp', host: '127.0.0.1', port: 9901 } as const

    assert.doesNotMatch(checkAdminSettings({ address, token: new Secret('canary') }) ?? '', /canary/)
  })
})

describe('isOwnHost', () => {
  const address = { kind: 'tcp', host: 'gateway.example', port: 9901 } as const
  const table = [
    ['gateway.example:9901', '10.0.0.5', true],
    ['Gateway.Example', '10.0.0.5', true],
    ['10.0.0.5:9901', '10.0.0.5', true],
    ['10.0.0.5', '::ffff:10.0.0.5', true],
    ['[2001:db8::5]:9901', '2001:db8::5', true],
    ['10.0.0.6', '10.0.0.5', false],
    ['evil.gateway.example', '10.0.0.5', false],
    [undefined, '10.0.0.5', false],
    ['', '10.0.0.5', false],
    ['localhost', undefined, true],
  ] as const
  for (const [field, local, expected] of table) {
    test(`${expected ? 'takes' : 'refuses'} "${field}" on a connection to ${local}`, () => {
      assert.equal(isOwnHost(field, address, local), expected)
    })
  }
})
