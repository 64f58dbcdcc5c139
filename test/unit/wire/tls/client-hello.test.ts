import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isHelloFault, parseClientHello } from '../../../../src/wire/tls/client-hello.ts'
import { type HelloWish, helloBody, serverName, u16 } from '../../../support/client-hello.ts'

function parsed(wish: HelloWish): ReturnType<typeof parseClientHello> {
  const body = helloBody(wish)
  return parseClientHello(body, 0, body.length)
}

describe('parseClientHello reads', () => {
  test('the server name, ALPN and the newest version', () => {
    const hello = parsed({
      names: ['Shop.Example.com.'],
      alpn: ['h2', 'http/1.1'],
      versions: [0x3a3a, 0x0304, 0x0303],
    })

    assert.deepEqual(hello, { serverName: 'shop.example.com', alpn: ['h2', 'http/1.1'], version: 0x0304 })
  })

  test('a hello without extensions', () => {
    const body = helloBody()
    const bare = body.subarray(0, body.length - 2)

    assert.deepEqual(parseClientHello(bare, 0, bare.length), { serverName: '', alpn: [], version: 0x0303 })
  })

  test('past GREASE, an ECH outer and a post-quantum key share', () => {
    const extensions = [
      [0x0a0a, Buffer.alloc(0)],
      [0xfe0d, Buffer.alloc(230, 3)],
      [51, Buffer.alloc(1216 + 6, 5)],
      [0xdada, Buffer.from([0])],
    ] as const

    const hello = parsed({ names: ['a.test'], extensions, versions: [0x0304] })

    assert.deepEqual(hello, { serverName: 'a.test', alpn: [], version: 0x0304 })
  })

  test('2,000 cipher suites', () => {
    const hello = parsed({ names: ['a.test'], ciphers: Array.from({ length: 2000 }, (_, i) => i) })

    assert.equal(isHelloFault(hello) ? hello.detail : hello.serverName, 'a.test')
  })
})

const unrecognized = 112
const illegal = 47
const decode = 50

const names: readonly { id: string; say: string; names: readonly (string | Buffer)[]; alert: number }[] = [
  { id: 'L03', say: 'a NUL', names: ['a.test\0.evil.test'], alert: unrecognized },
  { id: 'L03', say: 'an 8-bit byte', names: ['a\xe9.test'], alert: unrecognized },
  { id: 'L03', say: 'an IPv4 address', names: ['127.0.0.1'], alert: unrecognized },
  { id: 'L03', say: 'an IPv4 address with a dot behind', names: ['127.0.0.1.'], alert: unrecognized },
  { id: 'L03', say: 'a number as its last label', names: ['a.1'], alert: unrecognized },
  { id: 'L03', say: 'an IPv6 address', names: ['::1'], alert: unrecognized },
  { id: 'L03', say: 'an IPv6 address in brackets', names: ['[::1]'], alert: unrecognized },
  { id: 'L03', say: 'nothing', names: [''], alert: unrecognized },
  { id: 'L03', say: 'a dot alone', names: ['.'], alert: unrecognized },
  { id: 'L03', say: 'two dots at the end', names: ['a.test..'], alert: unrecognized },
  { id: 'L04', say: 'a dot in front', names: ['.example.com'], alert: unrecognized },
  { id: 'L04', say: 'a star', names: ['*.example.com'], alert: unrecognized },
  { id: 'L03', say: '300 bytes', names: [`${'a'.repeat(50)}.`.repeat(6)], alert: unrecognized },
  { id: 'L03', say: 'a label of 64 bytes', names: [`${'a'.repeat(64)}.test`], alert: unrecognized },
  { id: 'L03', say: 'white space', names: ['a .test'], alert: unrecognized },
  { id: 'L03', say: 'two names', names: ['a.test', 'b.test'], alert: illegal },
  { id: 'L03', say: 'an empty list of names', names: [], alert: decode },
]

describe('parseClientHello refuses a server name of', () => {
  for (const { id, say, names: wished, alert } of names) {
    test(`${id} ${say}`, () => {
      const hello = parsed({ names: wished })

      assert.equal(isHelloFault(hello) && hello.alert, alert)
    })
  }
})

describe('parseClientHello refuses', () => {
  const faults: readonly { say: string; wish: HelloWish; alert: number }[] = [
    {
      say: 'server_name twice',
      wish: { names: ['a.test'], extensions: [serverName(['a.test'])] },
      alert: illegal,
    },
    { say: 'a name of another kind', wish: { extensions: [serverName(['a.test'], 1)] }, alert: illegal },
    { say: 'an empty ALPN list', wish: { alpn: [] }, alert: decode },
    { say: 'an empty ALPN name', wish: { alpn: ['h2', ''] }, alert: decode },
    {
      say: 'an ALPN name past its list',
      wish: { extensions: [[16, Buffer.from([0, 3, 9, 0x68, 0x32])]] },
      alert: decode,
    },
    { say: 'an empty list of versions', wish: { versions: [] }, alert: decode },
    { say: 'half a version', wish: { extensions: [[43, Buffer.from([3, 3, 4, 3])]] }, alert: decode },
    { say: 'no cipher suites', wish: { ciphers: [] }, alert: decode },
    {
      say: 'ALPN twice',
      wish: { alpn: ['h2'], extensions: [[16, Buffer.from([0, 3, 2, 0x68, 0x32])]] },
      alert: illegal,
    },
  ]
  for (const { say, wish, alert } of faults) {
    test(say, () => {
      const hello = parsed(wish)

      assert.equal(isHelloFault(hello) && hello.alert, alert)
    })
  }

  test('a body cut anywhere but before its extensions', () => {
    const body = helloBody({ names: ['a.test'], alpn: ['h2'], versions: [0x0304] })
    const beforeExtensions = helloBody().length - 2

    const taken = Array.from({ length: body.length }, (_, end) => end).filter(
      (end) => !isHelloFault(parseClientHello(body, 0, end)),
    )

    assert.deepEqual(taken, [beforeExtensions])
  })

  test('bytes behind the extensions', () => {
    const body = Buffer.concat([helloBody({ names: ['a.test'] }), u16(0)])

    assert.equal(isHelloFault(parseClientHello(body, 0, body.length)), true)
  })
})
