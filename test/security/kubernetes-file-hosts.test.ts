import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { besideFiles } from '../../src/control/kubernetes/surroundings.ts'
import type { Parts } from '../../src/model/build.ts'
import type { KubernetesSettings } from '../../src/model/kubernetes-settings.ts'
import { HostTable } from '../../src/tls/host-table.ts'
import { KubernetesTranslator } from '../../src/translate/kubernetes/translator.ts'
import { translateFiles } from '../../src/translate/standalone.ts'
import { withKubernetes } from '../../src/translate/with-kubernetes.ts'
import { FakeMaterials } from '../support/fake-materials.ts'
import { FixedObjects } from '../support/kubernetes/fixed-objects.ts'
import {
  ingress,
  kubernetesSettings,
  service,
  surroundings,
  told,
} from '../support/kubernetes/translation.ts'
import { fileOf, noSecrets } from '../support/model.ts'

// An Ingress is not able to change anything of what the operator's files say: neither routes nor what is asked of clients.

const files = `
listeners:
  - name: web
    address: ":8443"
    tls:
      certificates: [{ cert: operator.pem, key: operator.key }]
      hosts:
        - names: ["*.corp.test"]
          certificates: [{ cert: corp.pem, key: corp.key }]
          clientCertificates: { mode: required, ca: clients.pem }
routes:
  - { hosts: [admin.corp.test, status.open.test], to: admin }
  - { hosts: ["*"], path: /healthz, to: admin }
clusters: { admin: { endpoints: ["10.9.0.1:80"] } }
kubernetes: {}
`

const tls = (host: string) => `  tls: [{ hosts: [${JSON.stringify(host)}], secretName: own }]\n`
const secret = (namespace: string, names: string) => `
---
apiVersion: v1
kind: Secret
metadata: { namespace: ${namespace}, name: own }
stringData: { tls.crt: ${JSON.stringify(names)}, tls.key: k }`

const claim = (host: string, namespace = 'a') =>
  ingress(`${namespace}/one`, host, { '/login': 'web' }, tls(host)) +
  service(`${namespace}/web`) +
  secret(namespace, host)

function beside(yaml: string, given: Partial<KubernetesSettings> = {}) {
  const { parts, problems } = translateFiles([fileOf(files)], {
    ...noSecrets,
    materials: new FakeMaterials(),
  })
  if (parts === undefined) throw new Error(problems.map(({ message }) => message).join())
  const settings = kubernetesSettings(given)
  const around = { ...surroundings, ...besideFiles(parts, settings) }
  const pieces = new KubernetesTranslator(settings).translate(new FixedObjects(yaml), around)
  return { pieces, all: withKubernetes(parts, pieces) }
}

/** Who shows a certificate for a name, and whether clients have to show one. */
function shown(parts: Parts, name: string): readonly [string | undefined, string] {
  const tls = parts.listeners[0]?.content.tls
  const treatment = tls && new HostTable(tls).find(name)
  if (treatment?.kind !== 'terminate') return [undefined, 'refuse']
  const { certificates, policy } = treatment.spec
  return [certificates[0]?.file, policy.clientCertificates.mode]
}

describe('hosts that files name', () => {
  for (const [host, whose] of [
    ['admin.corp.test', 'host "admin.corp.test"'],
    ['other.corp.test', 'inside of "*.corp.test"'],
    ['*.corp.test', 'host "*.corp.test"'],
    ['status.open.test', 'host "status.open.test"'],
  ] as const) {
    test(`are not given to an Ingress: ${host}`, () => {
      const { pieces, all } = beside(claim(host))

      assert.deepEqual([pieces.routes, pieces.tlsHosts], [[], []])
      assert.deepEqual(shown(all, 'admin.corp.test'), ['corp.pem', 'required'])
      assert.match(
        told(pieces).join(),
        /^HostTaken Ingress a\/one spec\.rules\[0\]\.host: host .* belongs to the configuration of the gateway itself/,
      )
      assert.ok(told(pieces).join().includes(whose), told(pieces).join())
    })
  }

  test('are given to a namespace that the operator names, with the policy that files have', () => {
    const allowedHosts = [{ namespaces: ['a'], hosts: ['other.corp.test'] }]

    const { pieces, all } = beside(claim('other.corp.test'), { allowedHosts })

    assert.deepEqual(told(pieces), [])
    assert.equal(pieces.routes.length, 1)
    assert.deepEqual(shown(all, 'other.corp.test'), ['corp.pem', 'required'])
  })

  test('keep their certificates when an Ingress has a wildcard around them', () => {
    const { pieces, all } = beside(claim('*.open.test'))

    assert.deepEqual(told(pieces), [])
    assert.deepEqual(shown(all, 'x.open.test'), ['Secret a/own', 'off'])
    assert.deepEqual(shown(all, 'status.open.test'), ['operator.pem', 'off'])
  })

  test('with hostOwnership object keep what is asked of clients all the same', () => {
    const { all } = beside(claim('admin.corp.test'), { hostOwnership: 'object' })

    assert.deepEqual(shown(all, 'admin.corp.test'), ['corp.pem', 'required'])
  })

  test('leave all other hosts to Ingresses', () => {
    const { pieces } = beside(claim('shop.test') + claim('deep.x.corp.test', 'b'))

    assert.deepEqual(told(pieces), [])
    assert.equal(pieces.routes.length, 2)
  })
})

describe('a certificate for any host', () => {
  const anyHost = ingress('c/any', '', { '/': 'web' }, '  tls: [{ secretName: own }]\n') + service('c/web')

  test('is not shown for a host of another namespace that has none', () => {
    const yaml =
      ingress('a/bank', 'bank.test', { '/': 'web' }) +
      ingress('a/deep', 'x.deep.test', { '/': 'web' }) +
      service('a/web') +
      anyHost +
      secret('c', 'bank.test *.deep.test free.test status.open.test')

    const { all } = beside(yaml)

    for (const host of ['bank.test', 'x.deep.test', 'status.open.test'])
      assert.deepEqual(shown(all, host), ['operator.pem', 'off'])
    assert.deepEqual(shown(all, 'free.test'), ['Secret c/own', 'off'])
  })

  test('is shown for hosts of its own namespace', () => {
    const { all } = beside(ingress('c/own', 'own.test', { '/': 'web' }) + anyHost + secret('c', 'own.test'))

    assert.deepEqual(shown(all, 'own.test'), ['Secret c/own', 'off'])
  })
})
