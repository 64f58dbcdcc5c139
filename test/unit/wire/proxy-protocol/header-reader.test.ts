import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { needMore, refused } from '../../../../src/wire/h1/head-reader.ts'
import { crc32c } from '../../../../src/wire/proxy-protocol/crc32c.ts'
import type { ProxyHeader } from '../../../../src/wire/proxy-protocol/header.ts'
import { ProxyHeaderReader } from '../../../../src/wire/proxy-protocol/header-reader.ts'
import { addresses6, tlv, v1, v2 } from '../../../support/proxy-header.ts'

const client = { address: '203.0.113.7', port: 51234 }
const here = { address: '192.0.2.1', port: 443 }
const nobody = { source: undefined, destination: undefined, authority: '', alpn: '' }
const plain: ProxyHeader = { source: client, destination: here, authority: '', alpn: '' }
const tls = (sub: Buffer) => Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), sub])

/** What one read of these bytes gives. */
function read(bytes: Buffer) {
  const reader = new ProxyHeaderReader()
  const at = reader.push(bytes, 0, bytes.length)
  return { reader, at }
}

/** A header whose CRC32C is right. */
function withChecksum(tlvs: readonly Buffer[]): Buffer {
  const bytes = v2({ tlvs: [...tlvs, tlv(3, Buffer.alloc(4))] })
  bytes.writeUInt32BE(crc32c(bytes), bytes.length - 4)
  return bytes
}

const good: readonly (readonly [string, Buffer, ProxyHeader])[] = [
  ['v1 over IPv4', v1(), plain],
  [
    'v1 over IPv6, in its shortest form',
    v1('TCP6 2001:DB8:0:0:0:0:0:7 ::1 51234 443'),
    {
      ...nobody,
      source: { address: '2001:db8::7', port: 51234 },
      destination: { address: '::1', port: 443 },
    },
  ],
  ['v1 with IPv4 inside IPv6', v1('TCP6 ::ffff:203.0.113.7 ::ffff:192.0.2.1 51234 443'), plain],
  ['v1 UNKNOWN', v1('UNKNOWN'), nobody],
  ['v1 UNKNOWN with something behind', v1('UNKNOWN ffff::1 x 1 2'), nobody],
  ['v1 of 107 bytes', v1(`UNKNOWN ${'x'.repeat(91)}`), nobody],
  ['v2 over IPv4', v2(), plain],
  [
    'v2 over IPv6',
    v2({ family: 0x21, addresses: addresses6 }),
    {
      ...nobody,
      source: { address: '2001:db8::7', port: 51234 },
      destination: { address: '2001:db8::1', port: 443 },
    },
  ],
  ['v2 over a unix socket', v2({ family: 0x31, addresses: Buffer.alloc(216, 'x') }), nobody],
  ['v2 without a family', v2({ family: 0, addresses: Buffer.alloc(0) }), nobody],
  ['v2 without a family, with something behind', v2({ family: 0, addresses: Buffer.alloc(9) }), nobody],
  ['v2 LOCAL', v2({ versionAndCommand: 0x20, family: 0, addresses: Buffer.alloc(0) }), nobody],
  ['v2 LOCAL with a family nobody knows', v2({ versionAndCommand: 0x20, family: 0xff }), nobody],
  [
    'v2 with name and protocol',
    v2({ tlvs: [tlv(2, 'Shop.test'), tlv(1, 'h2')] }),
    { ...plain, authority: 'shop.test', alpn: 'h2' },
  ],
  ['v2 with padding', v2({ tlvs: [tlv(4, '\0\0\0'), tlv(4, '')] }), plain],
  ['v2 with a checksum', withChecksum([tlv(4, 'xx')]), plain],
  ['v2 with TLVs nobody knows, twice', v2({ tlvs: [tlv(0xea, 'vpce'), tlv(0xea, '')] }), plain],
  ['v2 with TLS facts', v2({ tlvs: [tlv(0x20, tls(tlv(0x21, 'TLSv1.3')))] }), plain],
  ['v2 of 552 bytes', v2({ tlvs: [tlv(4, Buffer.alloc(521))] }), plain],
]

const bad: readonly (readonly [string, Buffer | string])[] = [
  ['nothing of the kind', 'GET / HTTP/1.1\r\n'],
  ['a TLS hello', Buffer.from('160301', 'hex')],
  ['lower case', 'proxy TCP4 203.0.113.7 192.0.2.1 51234 443\r\n'],
  ['v1 of 108 bytes', v1(`UNKNOWN ${'x'.repeat(92)}`)],
  ['v1 without an end', `PROXY UNKNOWN ${'x'.repeat(200)}`],
  ['v1 that ends in LF alone', 'PROXY TCP4 203.0.113.7 192.0.2.1 51234 443\n'],
  ['v1 with a CR in the middle', 'PROXY TCP4 203.0.113.7\r192.0.2.1 51234 443\r\n'],
  ['v1 of another family', v1('UDP4 203.0.113.7 192.0.2.1 51234 443')],
  ['v1 UNKNOWN without a space', v1('UNKNOWNX')],
  ['v1 with two spaces', v1('TCP4  203.0.113.7 192.0.2.1 51234 443')],
  ['v1 with a space at the end', v1('TCP4 203.0.113.7 192.0.2.1 51234 443 ')],
  ['v1 with a bad address', v1('TCP4 203.0.113.256 192.0.2.1 51234 443')],
  ['v1 with a leading zero in an address', v1('TCP4 203.0.113.07 192.0.2.1 51234 443')],
  ['v1 with a name', v1('TCP4 localhost 192.0.2.1 51234 443')],
  ['v1 with IPv6 in TCP4', v1('TCP4 2001:db8::7 2001:db8::1 51234 443')],
  ['v1 with IPv4 in TCP6', v1('TCP6 203.0.113.7 192.0.2.1 51234 443')],
  ['v1 with a zone', v1('TCP6 fe80::1%eth0 ::1 51234 443')],
  ['v1 with port 65536', v1('TCP4 203.0.113.7 192.0.2.1 65536 443')],
  ['v1 with a negative port', v1('TCP4 203.0.113.7 192.0.2.1 -1 443')],
  ['v1 with a leading zero in a port', v1('TCP4 203.0.113.7 192.0.2.1 051234 443')],
  ['v1 without ports', v1('TCP4 203.0.113.7 192.0.2.1')],
  ['v2 with a wrong last byte of the signature', v2().fill(0x0b, 11, 12)],
  ['v2 of version 1', v2({ versionAndCommand: 0x11 })],
  ['v2 with command 2', v2({ versionAndCommand: 0x22 })],
  ['v2 with a family nobody knows', v2({ family: 0x41 })],
  ['v2 over UDP', v2({ family: 0x12 })],
  ['v2 without its addresses', v2({ addresses: Buffer.alloc(0) })],
  ['v2 that is shorter than its addresses', v2({ family: 0x21 })],
  ['v2 of 65,535 bytes', v2({ length: 65_535 })],
  ['v2 of 553 bytes', v2({ tlvs: [tlv(4, Buffer.alloc(522))] })],
  ['v2 with a TLV behind its end', v2({ tlvs: [tlv(4, 'x', 2)] })],
  ['v2 with half a TLV', v2({ tlvs: [Buffer.from([4, 0])] })],
  ['v2 with a wrong checksum', v2({ tlvs: [tlv(3, 'oops')] })],
  ['v2 with a checksum of three bytes', v2({ tlvs: [tlv(3, 'abc')] })],
  ['v2 with two names', v2({ tlvs: [tlv(2, 'a.test'), tlv(2, 'b.test')] })],
  ['v2 with a NUL in its name', v2({ tlvs: [tlv(2, 'a.test\0')] })],
  ['v2 with a port in its name', v2({ tlvs: [tlv(2, 'a.test:443')] })],
  ['v2 with an empty protocol', v2({ tlvs: [tlv(1, '')] })],
  ['v2 with a unique id of 129 bytes', v2({ tlvs: [tlv(5, 'x'.repeat(129))] })],
  ['v2 with TLS facts of four bytes', v2({ tlvs: [tlv(0x20, 'abcd')] })],
  ['v2 with a TLS fact behind its end', v2({ tlvs: [tlv(0x20, tls(tlv(0x21, 'x', 9)))] })],
]

describe('the reader of PROXY headers', () => {
  for (const [name, bytes, header] of good) {
    test(`reads ${name}`, () => {
      const { reader, at } = read(Buffer.concat([bytes, Buffer.from('PROXY GET')]))

      assert.deepEqual([at, reader.refusal, reader.header], [bytes.length, undefined, header])
    })

    test(`reads ${name} byte by byte, out of a buffer that is used again`, () => {
      const reader = new ProxyHeaderReader()
      const one = Buffer.alloc(1)
      const returned = [...bytes].map((byte) => {
        one[0] = byte
        return reader.push(one, 0, 1)
      })

      assert.deepEqual([returned.pop(), new Set(returned), reader.header], [1, new Set([needMore]), header])
    })
  }

  for (const [name, bytes] of bad) {
    test(`refuses ${name}`, () => {
      const { reader, at } = read(Buffer.from(bytes as string, 'latin1'))

      assert.deepEqual([at, reader.header, reader.refusal?.reason], [refused, undefined, 'proxy_protocol'])
    })
  }

  test('refuses at the first byte that cannot be one', () => {
    assert.deepEqual(
      ['X', 'PX', '\r\n\r\nX'].map((text) => read(Buffer.from(text)).at),
      [refused, refused, refused],
    )
  })

  test('starts in the middle of a buffer', () => {
    const bytes = Buffer.concat([Buffer.from('before'), v2(), Buffer.from('behind')])
    const reader = new ProxyHeaderReader()

    assert.deepEqual([reader.push(bytes, 6, bytes.length), reader.header], [6 + v2().length, plain])
  })

  test('computes the CRC32C of RFC 3720', () => {
    const ascending = Buffer.from(Array.from({ length: 32 }, (_, i) => i))

    assert.deepEqual([crc32c(Buffer.alloc(32)), crc32c(ascending)], [0x8a9136aa, 0x46dd794e])
  })
})
