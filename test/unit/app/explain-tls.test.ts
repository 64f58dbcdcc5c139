import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ExplainQuery } from '../../../src/admin/admin-deps.ts'
import { type Explanation, explainRequest } from '../../../src/app/explain.ts'
import { clusterOfModel } from '../../../src/app/explained-cluster.ts'
import { explanationText } from '../../../src/cli/explain-text.ts'
import { buildTable } from '../../../src/routing/table.ts'
import { translateStandalone } from '../../../src/translate/standalone.ts'
import { FakeMaterials } from '../../support/fake-materials.ts'
import { fileOf, noSecrets } from '../../support/model.ts'

const text = `
listeners:
  - { name: db, address: ":443", tcp: { to: db } }
  - { name: web, address: ":8080" }
  - name: web-tls
    address: ":8443"
    tls:
      certificates: [{ cert: a.crt, key: a.key }, { cert: a.rsa.crt, key: a.key }]
      hosts: [{ names: [secure.test], minVersion: TLSv1.3, clientCertificates: { ca: ca.pem }, certificates: [{ cert: secure.crt, key: a.key }] }]
      passthrough: [{ names: [pass.test], to: db }]
  - name: strict
    address: ":9443"
    tls: { certificates: [{ cert: a.crt, key: a.key }], unknownNames: refuse }
routes:
  - { hosts: ["*"], to: web }
clusters:
  web: { endpoints: [10.0.0.1:80] }
  db: { endpoints: [10.0.0.2:80] }
`
const { model } = translateStandalone([fileOf(text)], { ...noSecrets, materials: new FakeMaterials() })

function explained(url: string, more: Partial<ExplainQuery> = {}): Explanation {
  const query = { method: 'GET', url, headers: [], from: undefined, listener: undefined, ...more }
  return explainRequest(query, {
    listeners: model?.listeners ?? [],
    table: buildTable(model?.routes ?? [], () => undefined),
    cluster(id) {
      const spec = model?.clusters.find((cluster) => cluster.id === id)
      return spec === undefined ? undefined : clusterOfModel(spec)
    },
  })
}

describe('explaining a TLS listener', () => {
  for (const [url, listener, why] of [
    ['https://a.test/', 'strict', 'it is the first with TLS, and none has port 443'],
    ['https://a.test:8443/', 'web-tls', 'it has the port of the URL'],
    ['http://a.test/', 'web', 'it is the first without TLS, and none has port 80'],
    ['http://a.test:8443/', 'web-tls', 'it has the port of the URL'],
  ] as const) {
    test(`${url} is for ${listener}`, () => {
      assert.deepEqual([explained(url).listener?.id, explained(url).listener?.why], [listener, why])
    })
  }

  test('names the certificates and the policy that a server name gets', () => {
    const { tls, routed } = explained('https://A.test:8443/')

    assert.equal(routed, true)
    assert.deepEqual([tls?.serverName, tls?.treatment, tls?.policy?.of], ['a.test', 'terminated', []])
    assert.deepEqual(
      tls?.certificates.map(({ file, keyType }) => [file, keyType]),
      [
        ['a.crt', 'ecdsa'],
        ['a.rsa.crt', 'rsa'],
      ],
    )
  })

  test('names the policy of a host of its own', () => {
    const { tls } = explained('https://secure.test:8443/')

    assert.deepEqual(tls?.policy, {
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      alpn: ['h2', 'http/1.1'],
      clientCertificates: 'required',
      of: ['secure.test'],
    })
  })

  test('says where a name is passed through, and that nothing is routed there', () => {
    const { routed, outcome, route, tls } = explained('https://pass.test:8443/')

    assert.deepEqual([routed, outcome, route, tls?.clusters], [true, 'handed on unread to db', null, ['db']])
  })

  test('says that an unknown name is refused', () => {
    const { routed, reason, tls } = explained('https://b.test:9443/')

    assert.deepEqual([routed, reason, tls?.treatment], [false, 'tls_unknown_name', 'refused'])
  })

  test('says that a host with another policy than the server name is misdirected', () => {
    const { reason } = explained('https://a.test:8443/', { headers: [['host', 'secure.test']] })

    assert.equal(reason, 'misdirected_request')
  })

  test('says that a listener of TCP has no routes', () => {
    const { routed, outcome } = explained('https://a.test/', { listener: 'db' })

    assert.deepEqual([routed, outcome], [false, 'listener "db" carries TCP: no route applies to it'])
  })

  test('is printed for people', () => {
    const printed = explanationText(explained('https://secure.test:8443/'))

    assert.match(printed, /certificate secure\.crt \(ecdsa, for secure\.test\), until 2100-01-01/)
    assert.match(
      printed,
      /the policy of secure\.test: TLSv1\.3, ALPN h2, http\/1\.1, client certificates required/,
    )
  })
})
