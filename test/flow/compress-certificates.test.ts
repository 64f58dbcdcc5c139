import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { issue, makeCa, serverCertificate } from '../support/certificates.ts'
import { certificateFiles, tlsGateway, visit } from '../support/tls-gateway.ts'

const ca = makeCa()
const files = certificateFiles()
const page = { respond: { body: 'a page '.repeat(500), headers: { 'content-type': 'text/html' } } }
const gateway = await tlsGateway(
  {
    certificates: [files.pair('shared', serverCertificate(ca, ['a.test']))],
    clientCertificates: { mode: 'optional', ca: files.bundle('clients.pem', [ca]) },
  },
  {
    routes: [
      { path: '/page', filters: [{ compress: {} }, page] },
      { path: '/any-site', filters: [{ compress: { crossSite: 'compress' } }, page] },
    ],
  },
)
const joe = issue(ca, { name: 'joe', usage: 'client', altNames: [] })
const shown = { cert: joe.pem, key: joe.keyPem }

after(async () => {
  await gateway[Symbol.asyncDispose]()
  files[Symbol.dispose]()
})

for (const [what, path, site, certificate, wanted] of [
  ['leaves a request of another site alone that shows a certificate', '/page', 'cross-site', shown, false],
  ['compresses one that shows none', '/page', 'cross-site', {}, true],
  ['compresses one of the same site that shows one', '/page', 'same-origin', shown, true],
  ['compresses for other sites where it is told to', '/any-site', 'cross-site', shown, true],
] as const) {
  test(`compression ${what}`, async () => {
    const fields = `a.test\r\nAccept-Encoding: gzip\r\nSec-Fetch-Site: ${site}`

    const { response } = await visit(gateway.port, { servername: 'a.test', ...certificate }, fields, path)

    assert.match(response, /^HTTP\/1\.1 200 /)
    assert.equal(/\r\ncontent-encoding: gzip\r\n/i.test(response), wanted)
    assert.match(response, /\r\nvary: accept-encoding\r\n/i)
  })
}
