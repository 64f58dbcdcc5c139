import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { makeCa, serverCertificate } from '../../support/certificates.ts'
import { problemsOf } from '../../support/gateway.ts'
import { certificateFiles } from '../../support/tls-gateway.ts'

const ca = makeCa()
const files = certificateFiles()
const certificates = [files.pair('a', serverCertificate(ca, ['a.test']))]
const clientCertificates = { mode: 'optional', ca: files.bundle('ca.pem', [ca]) }

const plain = { name: 'plain', address: '127.0.0.1:0' }
const secure = { name: 'secure', address: '127.0.0.1:0', tls: { certificates } }
const asking = { name: 'asking', address: '127.0.0.1:0', tls: { certificates, clientCertificates } }
const askingOne = {
  name: 'asking-one',
  address: '127.0.0.1:0',
  tls: { certificates, hosts: [{ names: ['a.test'], clientCertificates }] },
}

describe('a route that wants a client certificate', () => {
  after(() => files[Symbol.dispose]())

  for (const [what, listeners, own, severities] of [
    ['no listener asks for one', [plain, secure], {}, ['warning']],
    ['a listener asks for one', [plain, asking], {}, []],
    ['a listener asks for one at a host', [askingOne], {}, []],
    ['its own listener does not ask', [asking, secure], { listeners: ['secure'] }, ['warning']],
    ['its own listener asks', [asking, secure], { listeners: ['asking'] }, []],
  ] as const) {
    test(`is told of where ${what}: ${severities.length}`, () => {
      const route = { ...own, filters: [{ clientCertificate: {} }], to: 'origin' }
      const problems = problemsOf({
        listeners,
        routes: [route],
        clusters: { origin: { endpoints: ['10.0.0.1:80'] } },
      })

      assert.deepEqual(
        problems.map(({ severity }) => severity),
        severities,
      )
    })
  }
})
