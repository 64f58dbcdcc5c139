import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { AuthzServer } from '../support/authz-server.ts'
import { issue, makeCa, serverCertificate } from '../support/certificates.ts'
import { certificateFiles, tlsGateway, visit } from '../support/tls-gateway.ts'

const ca = makeCa()
const files = certificateFiles()
const authz = await AuthzServer.start()
const gateway = await tlsGateway(
  {
    certificates: [files.pair('shared', serverCertificate(ca, ['a.test']))],
    clientCertificates: { mode: 'optional', ca: files.bundle('clients.pem', [ca]) },
  },
  {
    routes: [{ path: '/asked', to: 'origin', filters: [{ extAuthz: { to: 'authz' } }] }],
    clusters: { authz: { endpoints: [authz.address], protocol: 'h2' } },
  },
)

describe('extAuthz with client certificates', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await authz[Symbol.asyncDispose]()
    files[Symbol.dispose]()
  })
  beforeEach(() => authz.forget())

  for (const [what, altNames, principal] of [
    [
      'its first URI',
      ['DNS:joe.test', 'URI:spiffe://shop/joe', 'URI:spiffe://shop/other'],
      'spiffe://shop/joe',
    ],
    ['its first DNS name when it has no URI', ['DNS:joe.test'], 'joe.test'],
    ['its subject when it has no name', [], 'CN=joe'],
  ] as const) {
    test(`names ${what}`, async () => {
      const joe = issue(ca, { name: 'joe', usage: 'client', altNames })
      const { status } = await visit(
        gateway.port,
        { servername: 'a.test', cert: joe.pem, key: joe.keyPem },
        'a.test',
        '/asked',
      )

      const [check] = authz.seen
      assert.deepEqual([status, check?.source.principal, check?.http.scheme], [200, principal, 'https'])
    })
  }

  test('names nobody who shows none', async () => {
    await visit(gateway.port, { servername: 'a.test' }, 'a.test', '/asked')

    assert.equal(authz.seen[0]?.source.principal, '')
  })
})
