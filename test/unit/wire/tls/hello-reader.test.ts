import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HelloReader, type HelloVerdict, longestHello } from '../../../../src/wire/tls/hello-reader.ts'
import { Random } from '../../../fuzz/random.ts'
import { helloBody, helloBytes, message, nodeHello, records } from '../../../support/client-hello.ts'

const expected = { serverName: 'a.test', alpn: ['h2', 'http/1.1'], version: 0x0304 }
const good = message(helloBody({ names: ['a.test'], alpn: ['h2', 'http/1.1'], versions: [0x0304] }))

/** The first verdict on bytes that arrive in pieces of so many, and what the reader kept until then. */
function readInPieces(bytes: Buffer, size: number): { verdict: HelloVerdict; kept: Buffer } {
  const reader = new HelloReader()
  for (let at = 0; at < bytes.length; at += size) {
    const verdict = reader.push(bytes, at, Math.min(bytes.length, at + size))
    if (verdict !== undefined) return { verdict, kept: reader.bytes }
  }
  return { verdict: undefined, kept: reader.bytes }
}

describe('HelloReader reads a hello', () => {
  for (const record of [1, 2, 3, 4, 5, 7, 50, 16_384]) {
    for (const piece of [1, 2, 5, 6, 1000]) {
      test(`L09 in records of ${record} bytes, in packets of ${piece}`, () => {
        const bytes = records(good, record)

        const { verdict, kept } = readInPieces(bytes, piece)

        assert.deepEqual(verdict, expected)
        assert.deepEqual(kept, bytes.subarray(0, kept.length))
      })
    }
  }

  test('cut at every offset', () => {
    const bytes = records(good, 40)
    const verdicts = Array.from({ length: bytes.length }, (_, at) => {
      const reader = new HelloReader()
      const first = reader.push(bytes, 0, at)
      return first ?? reader.push(bytes, at, bytes.length)
    })

    for (const verdict of verdicts) assert.deepEqual(verdict, expected)
  })

  test('and keeps what came behind it', () => {
    const behind = Buffer.from('early data')
    const reader = new HelloReader()

    reader.push(Buffer.concat([records(good), behind]), 0, records(good).length + behind.length)

    assert.deepEqual(reader.bytes, Buffer.concat([records(good), behind]))
  })

  test('L09 of more than 16 KiB, over two records', () => {
    const big = message(helloBody({ names: ['a.test'], extensions: [[21, Buffer.alloc(40_000)]] }))

    const { verdict } = readInPieces(records(big), 1400)

    assert.deepEqual(verdict, { serverName: 'a.test', alpn: [], version: 0x0303 })
  })

  test("that Node's client sent, with a post-quantum key share", async () => {
    const bytes = await nodeHello({ servername: 'Node.test', ALPNProtocols: ['h2'] })

    assert.deepEqual(readInPieces(bytes, 100).verdict, {
      serverName: 'node.test',
      alpn: ['h2'],
      version: 0x0304,
    })
  })

  test("that Node's client sent for TLS 1.2, without a name", async () => {
    const bytes = await nodeHello({ maxVersion: 'TLSv1.2' })

    assert.deepEqual(readInPieces(bytes, 1).verdict, { serverName: '', alpn: [], version: 0x0303 })
  })
})

describe('HelloReader refuses', () => {
  const decode = 50
  const faults: readonly { say: string; bytes: Buffer }[] = [
    { say: 'an empty record', bytes: Buffer.from([0x16, 3, 1, 0, 0]) },
    { say: 'a record longer than 16 KiB', bytes: Buffer.from([0x16, 3, 1, 0x40, 1]) },
    { say: 'a record of version 2', bytes: Buffer.from([0x16, 2, 0, 0, 50]) },
    { say: 'a ServerHello', bytes: records(message(helloBody(), 2)) },
    { say: 'a message longer than 64 KiB', bytes: Buffer.from([0x16, 3, 1, 0, 4, 1, 1, 0, 0]) },
    {
      say: 'an alert between the records of a hello',
      bytes: Buffer.concat([records(good.subarray(0, 50)), Buffer.from([0x15, 3, 1, 0, 2])]),
    },
  ]
  for (const { say, bytes } of faults) {
    test(`L09 ${say}`, () => {
      const { verdict } = readInPieces(bytes, 1)

      assert.equal(verdict !== undefined && 'alert' in verdict && verdict.alert, decode)
    })
  }

  test(`L09 more than ${longestHello} bytes without a whole hello`, () => {
    const endless = records(message(Buffer.alloc(60_000)), 4)

    const { verdict, kept } = readInPieces(endless, 1000)

    assert.equal(verdict !== undefined && 'alert' in verdict && verdict.alert, decode)
    assert.ok(kept.length < longestHello + 1000)
  })

  for (const [say, bytes, notTls] of [
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n'), 'http'],
    ['an SSH client', Buffer.from('ssh-2.0'), 'other'],
    ['an SSLv2 hello', Buffer.from([0x80, 0x2e, 1, 3, 1]), 'other'],
    ['an alert', Buffer.from([0x15, 3, 1, 0, 2]), 'other'],
  ] as const) {
    test(`${say} at its first byte`, () => {
      assert.deepEqual(new HelloReader().push(bytes, 0, 1), { notTls })
    })
  }
})

describe('HelloReader never throws, and decides alike however bytes are cut', () => {
  for (const seed of [1, 2, 3, 4]) {
    test(`on 3,000 mutations, seed ${seed}`, async () => {
      const random = new Random(seed)
      const seeds = [
        helloBytes({ names: ['a.test'], alpn: ['h2'] }),
        records(good, 30),
        await nodeHello({ servername: 'a.test' }),
      ]
      let refused = 0
      for (let round = 0; round < 3000; round++) {
        const bytes = Buffer.from(random.pick(seeds))
        for (let i = random.below(4); i >= 0; i--)
          bytes[random.below(Math.min(bytes.length, 300))] = random.below(256)
        const whole = readInPieces(bytes, bytes.length).verdict
        const cut = readInPieces(bytes, 1 + random.below(60)).verdict
        assert.deepEqual(cut, whole, bytes.toString('hex'))
        if (whole === undefined || 'alert' in whole) refused++
      }
      assert.ok(refused > 500)
    })
  }
})
