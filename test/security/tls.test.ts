import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { ConnectionOptions } from 'node:tls'
import { makeCa, serverCertificate } from '../support/certificates.ts'
import { helloBytes } from '../support/client-hello.ts'
import { answer } from '../support/origin.ts'
import { RawClient } from '../support/raw-client.ts'
import { certificateFiles, tlsGateway, visit } from '../support/tls-gateway.ts'
import { contentTypes } from '../support/tls-records.ts'

// The catalogue's rows about TLS but for those about client certificates (tls-clients.test.ts), through the whole gateway.

const ca = makeCa()
const files = certificateFiles()
const main = serverCertificate(ca, ['main.test', 'also.test'])
const mainRsa = serverCertificate(ca, ['main.test'], 'rsa')
const wild = serverCertificate(ca, ['*.example.com'])
const deep = serverCertificate(ca, ['*.deep.example.com'])
const exact = serverCertificate(ca, ['www.example.com'])
const strict = serverCertificate(ca, ['strict.test'])

const certificates = [
  files.pair('main', main),
  files.pair('main-rsa', mainRsa),
  files.pair('wild', wild),
  files.pair('deep', deep),
  files.pair('exact', exact),
]
const hosts = [
  { names: ['strict.test'], certificates: [files.pair('strict', strict)], minVersion: 'TLSv1.3' },
]
const lenient = await tlsGateway({ certificates, hosts })
const refusing = await tlsGateway({ certificates, hosts, unknownNames: 'refuse' })

after(async () => {
  await lenient[Symbol.asyncDispose]()
  await refusing[Symbol.asyncDispose]()
  files[Symbol.dispose]()
})

const serial = (made: { readonly serial: bigint }): string => made.serial.toString(16)

/** The alert at the end of what raw bytes are answered with; -1 for none. */
async function alertFor(port: number, bytes: Buffer): Promise<number> {
  using client = await RawClient.connect(port)
  client.send(bytes)
  await client.ended()
  const { received } = client
  return received[0] === contentTypes.alert ? (received.at(-1) ?? -1) : -1
}

describe('old versions are refused:', () => {
  for (const [say, version, alert] of [
    ['L01 SSLv3', 0x0300, 40],
    ['L01 TLS 1.0', 0x0301, 70],
    ['L01 TLS 1.1', 0x0302, 70],
  ] as const) {
    test(say, async () => {
      const hello = helloBytes({ names: ['main.test'] })
      // Behind the headers of record and message.
      hello.writeUInt16BE(version, 9)

      assert.equal(await alertFor(lenient.port, hello), alert)
    })
  }

  test('L01 TLS 1.2 where the host wants 1.3', async () => {
    const { error } = await visit(lenient.port, { servername: 'strict.test', maxVersion: 'TLSv1.2' })

    assert.equal(error, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
  })

  test('L01 TLS 1.2 is fine elsewhere, with forward secrecy and an AEAD', async () => {
    const { status, version, cipher } = await visit(lenient.port, {
      servername: 'main.test',
      maxVersion: 'TLSv1.2',
    })

    assert.deepEqual([status, version], [200, 'TLSv1.2'])
    assert.match(cipher, /^ECDHE-.*(GCM|CHACHA20)/)
  })

  for (const ciphers of ['AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA', 'DHE-RSA-AES128-GCM-SHA256']) {
    test(`L01 the cipher ${ciphers} is refused`, async () => {
      const { error, status } = await visit(lenient.port, {
        servername: 'main.test',
        maxVersion: 'TLSv1.2',
        ciphers,
      })

      assert.equal(status, 0)
      assert.equal(error, 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')
    })
  }
})

const names: readonly (readonly [say: string, name: string | undefined, found: string, strictly: string])[] =
  [
    ['L02 no name', undefined, serial(main), ''],
    ['L03 an unknown name', 'unknown.test', serial(main), ''],
    ['L03 upper case', 'MAIN.test', serial(main), serial(main)],
    ['L04 a name under a wildcard', 'a.example.com', serial(wild), serial(wild)],
    ['L04 an exact name beside a wildcard', 'www.example.com', serial(exact), serial(exact)],
    ['L04 the longest suffix', 'a.deep.example.com', serial(deep), serial(deep)],
    ['L04 the name of the wildcard itself', 'example.com', serial(main), ''],
    ['L04 two labels under a wildcard', 'a.b.example.com', serial(main), ''],
  ]

describe('the certificate for', () => {
  for (const [say, servername, found] of names) {
    test(`${say} is the right one`, async () => {
      const options: ConnectionOptions = servername === undefined ? {} : { servername }
      const visited = await visit(lenient.port, options, servername?.toLowerCase() ?? 'main.test')

      assert.deepEqual([visited.serial, visited.status], [found, 200])
    })
  }

  for (const [say, servername, , found] of names) {
    test(`${say} is ${found === '' ? 'refused' : 'the right one'} in strict mode`, async () => {
      const options: ConnectionOptions = servername === undefined ? {} : { servername }
      const visited = await visit(refusing.port, options, servername?.toLowerCase() ?? 'main.test')

      assert.equal(visited.serial, found)
      assert.equal(visited.error, found === '' ? 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' : '')
    })
  }

  test('L03 a trailing dot is that of the name without it', async () => {
    const hello = helloBytes({ names: ['main.test.'], versions: [0x0304] })

    // No key share, so OpenSSL has a say of its own: the name was taken.
    assert.equal(await alertFor(refusing.port, hello), 109)
  })

  test('RSA is shown to clients without ECDSA', async () => {
    const { serial: shown } = await visit(
      lenient.port,
      { servername: 'main.test', sigalgs: 'rsa_pss_rsae_sha256' },
      'main.test',
    )

    assert.equal(shown, serial(mainRsa))
  })
})

describe('a hello is answered with an alert for', () => {
  for (const [say, wished, alert] of [
    ['L03 an IP address', ['127.0.0.1'], 112],
    ['L03 300 bytes', [`${'a'.repeat(49)}.`.repeat(6)], 112],
    ['L03 a NUL', ['main.test\0x'], 112],
    ['L03 8-bit bytes', ['m\xe4in.test'], 112],
    ['L03 an empty name', [''], 112],
    ['L03 two names', ['main.test', 'also.test'], 47],
    ['L04 a name that starts with a dot', ['.example.com'], 112],
  ] as const) {
    test(say, async () => {
      assert.equal(await alertFor(lenient.port, helloBytes({ names: wished })), alert)
    })
  }

  test('L09 key-share garbage', async () => {
    const extensions = [
      [51, Buffer.from([0, 200, 1, 2, 3])],
      [10, Buffer.from([0, 2, 0, 29])],
      [13, Buffer.from([0, 2, 4, 3])],
    ] as const

    assert.equal(
      await alertFor(lenient.port, helloBytes({ names: ['main.test'], versions: [0x0304], extensions })),
      50,
    )
  })

  test('L09 more than 64 KiB', async () => {
    const endless = Buffer.concat([
      Buffer.from([0x16, 3, 1, 0x40, 0, 1, 0, 0xff, 0xf0]),
      Buffer.alloc(70_000),
    ])

    assert.notEqual(await alertFor(lenient.port, endless), -1)
  })
})

test('the listener’s strict-transport-security stands alone, whatever the endpoint says', async () => {
  // Browsers take the first one of several: RFC 6797 §8.1.
  await using gateway = await tlsGateway({ certificates, hsts: { maxAge: '1d' } })
  gateway.origin.script = {
    onRequest: () => answer(200, 'ok', 'Strict-Transport-Security: max-age=0\r\n'),
  }

  const { response } = await visit(gateway.port, { servername: 'main.test' }, 'main.test')

  assert.deepEqual(response.match(/strict-transport-security: .*/gi), [
    'strict-transport-security: max-age=86400',
  ])
})

test('T07 an absolute-form target says the scheme of its connection', async () => {
  const to = (target: string) => visit(lenient.port, { servername: 'main.test' }, 'main.test', target)

  const [same, other] = [await to('HTTPS://main.test/'), await to('http://main.test/')]

  assert.deepEqual([same.status, other.status], [200, 400])
})
