import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { after, describe, test } from 'node:test'
import { connect, Server, type TLSSocket } from 'node:tls'
import { queryObjects } from 'node:v8'
import {
  caMaterial,
  issue,
  type MadeCertificate,
  makeCa,
  serverCertificate,
} from '../support/certificates.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { until, within } from '../support/raw-client.ts'
import { certificateFiles, secureClient, tlsGateway, visit } from '../support/tls-gateway.ts'
import { startTlsStage, tlsSetup } from '../support/tls-stage.ts'

// The catalogue's rows L07 and L12 to L14: what changes under the feet of TLS, and what is missing.

const ca = makeCa()
const files = certificateFiles()
const named = { servername: 'a.test' } as const
const fresh = (): MadeCertificate => serverCertificate(ca, ['a.test'])
const serial = ({ serial: number }: MadeCertificate): string => number.toString(16)
let pairs = 0
const pair = (made: MadeCertificate): ReturnType<typeof files.pair> => files.pair(`pair-${++pairs}`, made)

after(() => files[Symbol.dispose]())

describe('a host whose', () => {
  const good = fresh()
  const closed = serverCertificate(ca, ['closed.test'])
  const client = issue(ca, { name: 'joe', usage: 'client' })
  const bundle = caMaterial(ca)
  const wishes = [
    { say: 'CA bundle is missing', clientCertificates: { ca: 'nowhere', crl: undefined }, materials: [] },
    {
      say: 'revocation list is missing',
      clientCertificates: { ca: bundle.id, crl: 'nowhere' },
      materials: [bundle],
    },
    {
      say: 'CA bundle is corrupt',
      clientCertificates: { ca: 'bad', crl: undefined },
      materials: [
        {
          kind: 'ca',
          id: 'bad',
          certificates: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
        },
      ],
    },
    {
      say: 'CA bundle is empty',
      clientCertificates: { ca: 'bad', crl: undefined },
      materials: [{ kind: 'ca', id: 'bad', certificates: '' }],
    },
  ] as const
  for (const { say, clientCertificates, materials } of wishes) {
    for (const mode of ['required', 'optional'] as const) {
      test(`L07 ${say} refuses everybody, ${mode}, while others live`, async () => {
        const policy = {
          clientCertificates: { mode, depth: 4, names: [], forward: [], ...clientCertificates },
        }
        const hosts = [{ names: ['closed.test'], certificates: [closed], policy }]
        await using stage = await startTlsStage(tlsSetup({ certificates: [good], hosts, materials }))

        const shown = { cert: client.pem, key: client.keyPem, servername: 'closed.test' }
        const refused = [
          await visit(stage.port, shown),
          await visit(stage.port, { servername: 'closed.test' }),
        ]
        using _alive = disposable(await secureClient(stage.port, named))
        const alive = await stage.next(2)

        assert.deepEqual(
          refused.map(({ error }) => error),
          Array(2).fill('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'),
        )
        assert.deepEqual(
          [await stage.next(0), await stage.next(1)].map((one) => one.kind === 'gone' && one.reason),
          ['tls_unavailable', 'tls_unavailable'],
        )
        assert.equal(alive.kind, 'secure')
        assert.equal(stage.unavailable.length, 1)
      })
    }
  }

  test('L07 certificate is missing is refused, while others live', async () => {
    const setup = tlsSetup({
      certificates: [good],
      hosts: [{ names: ['closed.test'], certificates: [closed] }],
    })
    await using stage = await startTlsStage({ ...setup, materials: setup.materials.slice(0, 1) })

    assert.equal(
      (await visit(stage.port, { servername: 'closed.test' })).error,
      'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
    )
    using _alive = disposable(await secureClient(stage.port, named))
  })
})

describe('a new certificate', () => {
  test('L12 serves the next handshake, and no handshake fails under load', async () => {
    const first = fresh()
    await using gateway = await tlsGateway({ certificates: [pair(first)] })
    const failed: string[] = []
    let done = 0
    const test = { over: false }
    const load = Array.from({ length: 8 }, async () => {
      while (!test.over) {
        const { status, error } = await visit(gateway.port, named)
        done++
        if (status !== 200) failed.push(`${status} ${error}`)
      }
    })

    for (let swap = 0; swap < 20; swap++) {
      const next = fresh()
      await gateway.install({ certificates: [pair(next)] })
      assert.equal((await visit(gateway.port, named)).serial, serial(next))
    }
    test.over = true
    await Promise.all(load)

    assert.deepEqual(failed, [])
    assert.ok(done > 50)
  })

  test('L12 leaves live connections as they are', async () => {
    await using gateway = await tlsGateway({ certificates: [pair(fresh())] })
    using held = disposable(await secureClient(gateway.port, named))
    const { client } = held

    await gateway.install({ certificates: [pair(fresh())], minVersion: 'TLSv1.3', hsts: { maxAge: '1d' } })
    client.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')

    assert.match(
      String((await once(client, 'data'))[0]),
      /^HTTP\/1\.1 200 .*strict-transport-security: max-age=86400/s,
    )
  })

  for (const [say, options, host] of [
    ['without a name', {}, 'a.test'],
    ['for a name', named, 'a.test'],
    ['for another name of the same certificate', named, 'also.test'],
  ] as const) {
    test(`L12 and another policy leave a live connection ${say} as it is`, async () => {
      const both = (): MadeCertificate => serverCertificate(ca, ['a.test', 'also.test'])
      await using gateway = await tlsGateway({ certificates: [pair(both())] })
      using held = disposable(await secureClient(gateway.port, options))

      await gateway.install({ certificates: [pair(both())], minVersion: 'TLSv1.3', curves: ['X25519'] })

      assert.equal(await asked(held.client, host), 200)
    })
  }

  test('L05 and another policy lead no live connection to a host that wanted more before', async () => {
    const both = pair(serverCertificate(ca, ['a.test', 'strict.test']))
    const clientCertificates = { ca: files.bundle('clients.pem', [ca]) }
    await using gateway = await tlsGateway({
      certificates: [both],
      hosts: [{ names: ['strict.test'], clientCertificates }],
    })
    using held = disposable(await secureClient(gateway.port, named))

    await gateway.install({ certificates: [both], clientCertificates })

    assert.equal(await asked(held.client, 'a.test'), 200)
    assert.equal(await asked(held.client, 'strict.test'), 421)
  })

  test('for the same names goes on resuming sessions; another policy does not', async () => {
    await using gateway = await tlsGateway({ certificates: [pair(fresh())] })
    const { session } = await visit(gateway.port, named)

    await gateway.install({ certificates: [pair(fresh())] })
    const renewed = await visit(gateway.port, { ...named, session })
    await gateway.install({
      certificates: [pair(fresh())],
      ciphers: ['TLS_AES_256_GCM_SHA384', 'TLS_AES_128_GCM_SHA256'],
    })
    const changed = await visit(gateway.port, { ...named, session })

    assert.deepEqual([renewed.reused, renewed.status], [true, 200])
    assert.deepEqual([changed.reused, changed.status], [false, 200])
  })

  test('leaves nothing behind of those before: 100 swaps of certificate and policy', async () => {
    const setups = Array.from({ length: 100 }, (_, i) =>
      tlsSetup({ certificates: [fresh()], policy: { curves: i % 2 === 0 ? ['X25519'] : ['P-256'] } }),
    )
    const [first] = setups
    await using stage = await startTlsStage(first ?? assert.fail())
    const before = servers()

    for (const [i, setup] of setups.entries()) {
      stage.configure(setup)
      using held = disposable(await secureClient(stage.port, named))
      await stage.next(i)
      held.client.destroy()
    }
    stage.arrived.length = 0

    await until(() => servers() - before < 10, 'the servers of 90 swaps are collected')
  })
})

describe('a broken pair', () => {
  test('L13 is refused before it comes here, and the one before goes on', async () => {
    const good = fresh()
    await using gateway = await tlsGateway({ certificates: [pair(good)] })
    const broken = { ...pair(fresh()), key: files.write('other.key', fresh().keyPem.replace(/A/g, 'B')) }

    await assert.rejects(gateway.install({ certificates: [broken] }))

    assert.equal((await visit(gateway.port, named)).serial, serial(good))
  })
})

describe('session tickets', () => {
  const keys = (name: string): string => files.write(name, randomBytes(48))

  test('L14 are shared by gateways with the same key file', async () => {
    const tickets = { keys: keys('shared.keys') }
    await using one = await tlsGateway({ certificates: [pair(fresh())], tickets })
    await using other = await tlsGateway({ certificates: [pair(fresh())], tickets })
    const { session } = await visit(one.port, named)

    const again = await visit(other.port, { ...named, session })

    assert.deepEqual([again.reused, again.status], [true, 200])
  })

  test('L14 of another gateway cost a full handshake, no more', async () => {
    await using one = await tlsGateway({ certificates: [pair(fresh())], tickets: { keys: keys('one.keys') } })
    await using other = await tlsGateway({
      certificates: [pair(fresh())],
      tickets: { keys: keys('other.keys') },
    })
    const { session } = await visit(one.port, named)

    const again = await visit(other.port, { ...named, session })

    assert.deepEqual([again.reused, again.status], [false, 200])
  })

  test('are not given where they are off', async () => {
    await using gateway = await tlsGateway({ certificates: [pair(fresh())], tickets: { mode: 'off' } })
    const { session } = await visit(gateway.port, { ...named, maxVersion: 'TLSv1.2' })
    const newer = await visit(gateway.port, named)

    const again = await visit(gateway.port, { ...named, maxVersion: 'TLSv1.2', session })
    const newerAgain = await visit(gateway.port, { ...named, session: newer.session })

    assert.deepEqual([again.reused, newerAgain.reused, newerAgain.status], [false, false, 200])
  })

  test('L14 of a key that was rotated away cost a full handshake', async () => {
    const clock = new FakeClock()
    const setup = tlsSetup({
      certificates: [fresh()],
      tickets: { mode: 'on', keys: undefined, rotation: 60_000 },
    })
    await using stage = await startTlsStage(setup, clock)
    const connected = (session?: Buffer): TLSSocket =>
      connect({ port: stage.port, host: '127.0.0.1', rejectUnauthorized: false, ...named, session }).resume()
    const resumes = async (session: Buffer): Promise<boolean> => {
      using held = disposable(connected(session))
      await within(once(held.client, 'secureConnect'), 'the handshake')
      return held.client.isSessionReused()
    }
    using first = disposable(connected())
    const [session] = (await within(once(first.client, 'session'), 'a ticket')) as [Buffer]

    const before = await resumes(session)
    clock.advance(60_000)
    const behind = await resumes(session)

    assert.deepEqual([before, behind], [true, false])
  })
})

/** The status of a request on a connection that stays. */
async function asked(client: TLSSocket, host: string): Promise<number> {
  const answer = once(client, 'data') as Promise<[Buffer]>
  client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  const [data] = await within(answer, 'an answer')
  return Number(data.toString('latin1').slice(9, 12))
}

/** How many TLS servers there are, garbage aside. */
function servers(): number {
  return Number(queryObjects(Server))
}

function disposable(
  client: Awaited<ReturnType<typeof secureClient>>,
): Disposable & { readonly client: typeof client } {
  client.on('error', () => {})
  return { client, [Symbol.dispose]: () => void client.destroy() }
}
