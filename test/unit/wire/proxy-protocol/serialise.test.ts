import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { ProxyHeaderReader } from '../../../../src/wire/proxy-protocol/header-reader.ts'
import {
  localHeader,
  type ProxyHeaderContent,
  proxyHeaderV1,
  proxyHeaderV2,
} from '../../../../src/wire/proxy-protocol/serialise.ts'
import { addresses4, addresses6, tlv, v2 } from '../../../support/proxy-header.ts'

const client = { address: '203.0.113.7', port: 51234 }
const here = { address: '192.0.2.1', port: 443 }
const client6 = { address: '2001:db8::7', port: 51234 }
const here6 = { address: '2001:db8::1', port: 443 }
const content = { source: client, destination: here, serverName: '', alpn: '' }

function readBack(header: Buffer | string) {
  const bytes = Buffer.from(header as string, 'latin1')
  const reader = new ProxyHeaderReader()
  return { rest: bytes.length - reader.push(bytes, 0, bytes.length), header: reader.header }
}

describe('a PROXY header that goes out', () => {
  for (const [name, changes, line] of [
    ['IPv4', {}, 'PROXY TCP4 203.0.113.7 192.0.2.1 51234 443\r\n'],
    ['IPv6', { source: client6, destination: here6 }, 'PROXY TCP6 2001:db8::7 2001:db8::1 51234 443\r\n'],
    ['both', { source: client6 }, 'PROXY TCP6 2001:db8::7 ::ffff:192.0.2.1 51234 443\r\n'],
    ['a unix socket', { source: undefined }, 'PROXY UNKNOWN\r\n'],
  ] as const) {
    test(`says ${name} in v1`, () => {
      assert.equal(proxyHeaderV1({ ...content, ...changes }), line)
    })
  }

  for (const [name, changes, bytes] of [
    ['IPv4', {}, v2({ addresses: addresses4 })],
    ['IPv6', { source: client6, destination: here6 }, v2({ family: 0x21, addresses: addresses6 })],
    ['a unix socket', { source: undefined, alpn: 'h2' }, v2({ family: 0, addresses: Buffer.alloc(0) })],
    [
      'name and protocol',
      { serverName: 'a.test', alpn: 'h2' },
      v2({ tlvs: [tlv(2, 'a.test'), tlv(1, 'h2')] }),
    ],
  ] as const) {
    test(`says ${name} in v2`, () => {
      assert.equal(proxyHeaderV2({ ...content, ...changes }).toString('hex'), bytes.toString('hex'))
    })
  }

  test('Y28 leaves out what would make it longer than 536 bytes', () => {
    const bytes = proxyHeaderV2({ ...content, serverName: 'a'.repeat(255), alpn: 'p'.repeat(251) })

    assert.equal(bytes.toString('hex'), v2({ tlvs: [tlv(2, 'a'.repeat(255))] }).toString('hex'))
  })

  for (const version of ['v1', 'v2'] as const) {
    test(`speaks for the gateway itself in ${version}`, () => {
      assert.deepEqual(readBack(localHeader(version)), {
        rest: 0,
        header: { source: undefined, destination: undefined, authority: '', alpn: '' },
      })
    })
  }

  const end = (address: fc.Arbitrary<string>) =>
    fc.record({ address, port: fc.nat(65_535) }, { noNullPrototype: true })
  const label = fc.stringMatching(/^[a-z0-9_-]{1,60}$/)
  const contents: fc.Arbitrary<ProxyHeaderContent> = fc.record({
    source: end(fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::7', '::1', 'fe80::1'))),
    destination: end(fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', '::'))),
    serverName: fc.oneof(
      fc.constant(''),
      fc.array(label, { minLength: 1, maxLength: 4 }).map((l) => l.join('.')),
    ),
    alpn: fc.constantFrom('', 'h2', 'http/1.1'),
  })

  test('is read back by our own reader', () => {
    fc.assert(
      fc.property(contents, (given) => {
        const { source, destination, serverName, alpn } = given

        assert.deepEqual(readBack(proxyHeaderV1(given)).header, {
          source,
          destination,
          authority: '',
          alpn: '',
        })
        assert.deepEqual(readBack(proxyHeaderV2(given)), {
          rest: 0,
          header: { source, destination, authority: serverName, alpn },
        })
      }),
      { seed: 20_261_120, numRuns: 500 },
    )
  })
})
