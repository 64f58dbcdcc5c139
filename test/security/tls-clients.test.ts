import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { ConnectionOptions } from 'node:tls'
import {
  issue,
  type MadeCertificate,
  makeCa,
  revocationList,
  serverCertificate,
} from '../support/certificates.ts'
import { faultsOf } from '../support/metric-values.ts'
import { certificateFiles, tlsGateway, type Visit, visit } from '../support/tls-gateway.ts'

// The catalogue's rows L05 to L07: who a client is, and what it may reach with that, through the whole gateway.

const day = 86_400_000
const ca = makeCa()
const alien = makeCa('Alien')
const files = certificateFiles()
const shared = serverCertificate(ca, [
  'open.test',
  'also.test',
  'closed.test',
  'named.test',
  'maybe.test',
  'shallow.test',
])
const bundle = files.bundle('clients.pem', [ca])
const client = (wish: Parameters<typeof issue>[1] = {}): MadeCertificate =>
  issue(ca, { name: 'joe', usage: 'client', altNames: ['URI:spiffe://shop/joe'], ...wish })
const joe = client()
const revoked = client()
const middle = issue(ca, { name: 'Middle', isCa: true, usage: 'none' })
const crl = files.write('crl.pem', revocationList(ca, [revoked]))

const certificates = [files.pair('shared', shared)]
const trusting = {
  name: 'trusting',
  address: '127.0.0.1:0',
  trustedProxies: ['127.0.0.1'],
  tls: { certificates },
}
const gateway = await tlsGateway(
  {
    certificates,
    hosts: [
      { names: ['closed.test'], clientCertificates: { ca: bundle, crl, forward: ['xfcc', 'nginx'] } },
      { names: ['named.test'], clientCertificates: { ca: bundle, names: ['URI:spiffe://shop/*'] } },
      { names: ['maybe.test'], clientCertificates: { mode: 'optional', ca: bundle, forward: ['nginx'] } },
      { names: ['shallow.test'], clientCertificates: { ca: bundle, depth: 1 } },
    ],
  },
  { listeners: [trusting] },
)

after(async () => {
  await gateway[Symbol.asyncDispose]()
  files[Symbol.dispose]()
})

function showing(made: MadeCertificate, ...chain: readonly MadeCertificate[]): ConnectionOptions {
  return { cert: [made, ...chain].map(({ pem }) => pem).join(''), key: made.keyPem }
}

async function visitHost(host: string, options: ConnectionOptions, asked = host): Promise<Visit> {
  return await visit(gateway.port, { servername: host, ...options }, asked)
}

/** Both versions differ in when a client learns that it was refused. */
const versions = ['TLSv1.2', 'TLSv1.3'] as const

const wrong: readonly { id: string; say: string; options: ConnectionOptions }[] = [
  { id: 'L06', say: 'none', options: {} },
  { id: 'L06', say: 'one of another CA', options: showing(issue(alien, { name: 'joe', usage: 'client' })) },
  {
    id: 'L06',
    say: 'a self-signed one',
    options: showing(issue(undefined, { name: 'joe', usage: 'client' })),
  },
  {
    id: 'L06',
    say: 'an expired one',
    options: showing(
      client({ notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) }),
    ),
  },
  {
    id: 'L06',
    say: 'one that is not valid yet',
    options: showing(client({ notBefore: new Date(Date.now() + day) })),
  },
  { id: 'L06', say: 'one for servers', options: showing(client({ usage: 'server' })) },
  { id: 'L06', say: 'a revoked one', options: showing(revoked) },
  {
    id: 'L06',
    say: 'one with a NUL in a name',
    options: showing(client({ altNames: ['DNS:a.test\0.b.test'] })),
  },
  {
    id: 'L06',
    say: 'one of more than 8 KiB',
    options: showing(client({ altNames: Array.from({ length: 900 }, (_, i) => `DNS:name-${i}.test`) })),
  },
]

describe('a host that wants a client certificate', () => {
  for (const version of versions) {
    test(`takes a good one, ${version}`, async () => {
      const { status } = await visitHost('closed.test', { ...showing(joe), maxVersion: version })

      assert.equal(status, 200)
    })

    for (const { id, say, options } of wrong) {
      test(`${id} refuses ${say}, ${version}`, async () => {
        const before = faultsOf(gateway.gateway.metrics, 'tls_client_certificate')
        const requests = gateway.gateway.outcomes.length

        const { status, response } = await visitHost('closed.test', { ...options, maxVersion: version })

        assert.deepEqual([status, response], [0, ''])
        assert.equal(faultsOf(gateway.gateway.metrics, 'tls_client_certificate'), before + 1)
        assert.equal(gateway.gateway.outcomes.length, requests)
      })
    }
  }

  test('tells a client without one so by an alert', async () => {
    const { error } = await visitHost('closed.test', {})

    assert.equal(error, 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')
  })

  test('L06 takes one without names where none is asked for, and refuses it where one is', async () => {
    const unnamed = showing(client({ altNames: [] }))

    assert.equal((await visitHost('closed.test', unnamed)).status, 200)
    assert.equal((await visitHost('named.test', unnamed)).status, 0)
  })

  test('L06 takes an allowed name and refuses another, whatever the common name says', async () => {
    const other = showing(
      client({ name: 'spiffe://shop/joe', altNames: ['URI:spiffe://other/joe', 'DNS:shop'] }),
    )

    assert.equal((await visitHost('named.test', showing(joe))).status, 200)
    assert.equal((await visitHost('named.test', other)).status, 0)
  })

  test('L06 takes a chain up to its depth and none that is longer', async () => {
    const below = issue(middle, { name: 'joe', usage: 'client' })

    assert.equal(
      (
        await visitHost(
          'named.test',
          showing(
            issue(middle, { name: 'joe', usage: 'client', altNames: ['URI:spiffe://shop/joe'] }),
            middle,
          ),
        )
      ).status,
      200,
    )
    assert.equal((await visitHost('shallow.test', showing(joe))).status, 200)
    assert.equal((await visitHost('shallow.test', showing(below, middle))).status, 0)
  })

  test('L06 refuses a chain of 100 certificates', async () => {
    const chain: MadeCertificate[] = []
    let signer = ca
    for (let i = 0; i < 99; i++) {
      signer = issue(signer, { name: `Level ${i}`, isCa: true, usage: 'none' })
      chain.unshift(signer)
    }

    const { status } = await visitHost(
      'shallow.test',
      showing(issue(signer, { name: 'joe', usage: 'client' }), ...chain),
    )

    assert.equal(status, 0)
  })

  test('L06 refuses a chain of 64 KiB', async () => {
    const fat = (name: string, by: MadeCertificate): MadeCertificate =>
      issue(by, {
        name,
        isCa: true,
        usage: 'none',
        altNames: Array.from({ length: 800 }, (_, i) => `DNS:${name}-${i}.padding.test`),
      })
    const chain: MadeCertificate[] = []
    let signer = ca
    for (let i = 0; i < 4; i++) {
      signer = fat(`level-${i}`, signer)
      chain.unshift(signer)
    }
    const bytes = chain.reduce((sum, { der }) => sum + der.length, 0)
    assert.ok(bytes > 64 * 1024 && bytes < 100_000)

    const { status } = await visitHost(
      'named.test',
      showing(issue(signer, { name: 'joe', usage: 'client', altNames: ['URI:spiffe://shop/joe'] }), ...chain),
    )

    assert.equal(status, 0)
  })
})

describe('a host that may have a client certificate', () => {
  test('serves a client without one', async () => {
    assert.equal((await visitHost('maybe.test', {})).status, 200)
  })

  for (const { id, say, options } of wrong.filter(({ say }) => say !== 'none' && say !== 'a revoked one')) {
    test(`${id} refuses ${say} all the same`, async () => {
      assert.equal((await visitHost('maybe.test', options)).status, 0)
    })
  }
})

describe('the upstream is told who the client is', () => {
  const spoofed = [
    'x-forwarded-client-cert: Hash=0',
    'X-Forwarded-Client-Cert: Hash=1',
    'ssl-client-verify: SUCCESS',
    'Ssl-Client-Cert: x',
    'SSL-Client-Subject-DN: CN=root',
  ].join('\r\n')

  /** The fields about certificates in the head that the origin got for a request that spoofs them. */
  async function toldOf(
    port: number,
    host: string,
    options: ConnectionOptions,
  ): Promise<Map<string, string>> {
    await visit(port, { servername: host, ...options }, `${host}\r\n${spoofed}`)
    const { fields } = gateway.origin.requests.at(-1) ?? assert.fail('no request')
    const lower = fields.map(([name, value]) => [name.toLowerCase(), value] as const)
    const found = lower.filter(([name]) => /^(x-forwarded-client|ssl-client)/.test(name))
    const told = new Map(found)
    assert.equal(told.size, found.length)
    return told
  }

  test('by the headers that its host asks for, once each', async () => {
    const told = await toldOf(gateway.port, 'closed.test', showing(joe))

    assert.match(
      told.get('x-forwarded-client-cert') ?? '',
      /^Hash=[0-9a-f]{64};Subject="CN=joe";URI=spiffe:\/\/shop\/joe$/,
    )
    assert.equal(told.get('ssl-client-verify'), 'SUCCESS')
    assert.equal(told.get('ssl-client-subject-dn'), 'CN=joe')
    assert.equal(told.size, 7)
  })

  test('by NONE where it showed no certificate', async () => {
    assert.deepEqual([...(await toldOf(gateway.port, 'maybe.test', {}))], [['ssl-client-verify', 'NONE']])
  })

  test('H04 by nothing on other hosts', async () => {
    assert.deepEqual([...(await toldOf(gateway.port, 'open.test', {}))], [])
    assert.deepEqual([...(await toldOf(gateway.port, 'named.test', showing(joe)))], [])
  })

  test('H04 by nothing that a trusted proxy says', async () => {
    assert.deepEqual([...(await toldOf(gateway.gateway.port('trusting'), 'open.test', {}))], [])
  })
})

describe('a connection for one host', () => {
  test('L05 is not good for another that wants a client certificate', async () => {
    const { status } = await visitHost('open.test', {}, 'closed.test')

    assert.equal(status, 421)
    assert.equal(gateway.gateway.outcomes.at(-1)?.reason, 'misdirected_request')
  })

  test('L05 is not good for another, even with the certificate that it wants', async () => {
    assert.equal((await visitHost('open.test', showing(joe), 'closed.test')).status, 421)
    assert.equal((await visitHost('closed.test', showing(joe), 'open.test')).status, 421)
    assert.equal((await visitHost('named.test', showing(joe), 'closed.test')).status, 421)
  })

  test('L05 is not good for one with a policy either when it named none', async () => {
    assert.equal((await visit(gateway.port, {}, 'closed.test')).status, 421)
    assert.equal((await visit(gateway.port, {}, 'open.test')).status, 200)
  })

  test('is good for another with the same certificate and policy', async () => {
    assert.equal((await visitHost('open.test', {}, 'also.test')).status, 200)
    assert.equal((await visitHost('open.test', {}, 'ALSO.test:443')).status, 200)
  })
})

describe('a session', () => {
  for (const version of versions) {
    const options = { maxVersion: version } as const

    test(`is resumed for the host it was made for, ${version}`, async () => {
      const { session } = await visitHost('open.test', options)
      const again = await visitHost('open.test', { ...options, session })

      assert.deepEqual([again.reused, again.status], [true, 200])
    })

    test(`of a client with a certificate is resumed, and the upstream told the same, ${version}`, async () => {
      const { session } = await visitHost('closed.test', { ...options, ...showing(joe) })
      const again = await visitHost('closed.test', { ...options, ...showing(joe), session })

      assert.deepEqual([again.reused, again.status], [true, 200])
    })

    test(`L05 of a laxer host does not lead into a stricter one, ${version}`, async () => {
      const { session } = await visitHost('open.test', options)
      const without = await visitHost('closed.test', { ...options, session })
      const withWrong = await visitHost('closed.test', {
        ...options,
        session,
        ...showing(issue(alien, { usage: 'client' })),
      })

      assert.deepEqual([without.status, withWrong.status], [0, 0])
    })

    test(`L05 of one strict host is not resumed for another, ${version}`, async () => {
      const { session } = await visitHost('named.test', { ...options, ...showing(joe) })
      const without = await visitHost('closed.test', { ...options, session })
      const withOwn = await visitHost('closed.test', { ...options, session, ...showing(joe) })

      assert.deepEqual([without.status, withOwn.status, withOwn.reused], [0, 200, false])
    })

    test(`L05 of a client that showed no certificate is good for no other, ${version}`, async () => {
      const { session } = await visitHost('maybe.test', options)
      const again = await visitHost('closed.test', { ...options, session })

      assert.equal(again.status, 0)
    })
  }
})
