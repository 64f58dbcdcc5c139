import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { ConnectionOptions } from 'node:tls'
import { ask, getRequest } from '../support/ask.ts'
import { issue, type MadeCertificate, makeCa, serverCertificate } from '../support/certificates.ts'
import { certificateFiles, tlsGateway, visit } from '../support/tls-gateway.ts'

const ca = makeCa()
const files = certificateFiles()
const joe = issue(ca, { name: 'joe', usage: 'client', altNames: ['URI:spiffe://shop/joe'] })
const eve = issue(ca, { name: 'eve', usage: 'client', altNames: ['DNS:joe'] })
const bundle = files.bundle('clients.pem', [ca])

function route(path: string, rules: object) {
  return { path, filters: [{ clientCertificate: rules }], to: 'origin' }
}

const gateway = await tlsGateway(
  {
    certificates: [files.pair('shared', serverCertificate(ca, ['a.test', 'unasked.test']))],
    clientCertificates: { mode: 'optional', ca: bundle },
    hosts: [{ names: ['unasked.test'], clientCertificates: { mode: 'off' } }],
  },
  {
    listeners: [{ name: 'plain', address: '127.0.0.1:0' }],
    routes: [
      route('/any', {}),
      route('/name', { commonNames: ['joe'] }),
      route('/alt', { names: ['URI:spiffe://shop/*'] }),
    ],
  },
)

after(async () => {
  await gateway[Symbol.asyncDispose]()
  files[Symbol.dispose]()
})

const versions = ['TLSv1.2', 'TLSv1.3'] as const

function showing(made: MadeCertificate): ConnectionOptions {
  return { cert: made.pem, key: made.keyPem }
}

async function statusOf(target: string, options: ConnectionOptions, host = 'a.test'): Promise<number> {
  return (await visit(gateway.port, { servername: host, ...options }, host, target)).status
}

describe('a route for certain client certificates', () => {
  for (const [target, who, made, expected] of [
    ['/any', 'one that was verified', joe, 200],
    ['/name', 'the common name', joe, 200],
    ['/name', 'another common name', eve, 403],
    ['/alt', 'the name', joe, 200],
    ['/alt', 'another name', eve, 403],
  ] as const) {
    test(`gives ${expected} on ${target} to ${who}`, async () => {
      const statuses = []
      for (const maxVersion of versions)
        statuses.push(await statusOf(target, { ...showing(made), maxVersion }))

      assert.deepEqual(statuses, [expected, expected])
    })
  }

  test('gives 403 to who shows none', async () => {
    assert.equal(await statusOf('/any', {}), 403)
    assert.equal(gateway.gateway.outcomes.at(-1)?.reason, 'client_certificate')
  })

  test('gives 403 where certificates are not asked for, whatever could be shown', async () => {
    assert.equal(await statusOf('/any', showing(joe), 'unasked.test'), 403)
  })

  test('gives 403 on a plain connection, whatever a header says', async () => {
    const { status } = await ask(
      gateway.gateway.port('plain'),
      getRequest('/any', 'X-Forwarded-Client-Cert: Subject="CN=joe"\r\nSsl-Client-Verify: SUCCESS\r\n'),
    )

    assert.equal(status, 403)
  })

  test('knows a client again that resumes its session', async () => {
    const options = { servername: 'a.test', ...showing(joe), maxVersion: 'TLSv1.2' } as const
    const { session } = await visit(gateway.port, options, 'a.test', '/name')

    const { reused, status } = await visit(gateway.port, { ...options, session }, 'a.test', '/name')

    assert.deepEqual([reused, status], [true, 200])
  })
})
