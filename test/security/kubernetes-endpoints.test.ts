import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KubernetesTranslator } from '../../src/translate/kubernetes/translator.ts'
import { FixedObjects } from '../support/kubernetes/fixed-objects.ts'
import {
  ingress,
  kubernetesSettings,
  members,
  service,
  surroundings,
  told,
  translated,
} from '../support/kubernetes/translation.ts'

// Hardening reference §5.3: who may write Services and EndpointSlices may not aim the gateway at itself or at the infrastructure.

describe('endpoints that would turn the gateway against others', () => {
  const addressed = (address: string, port = 80, addressType = 'IPv4') => `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { namespace: a, name: aimed, labels: { kubernetes.io/service-name: web } }
addressType: ${addressType}
ports: [{ port: ${port} }]
endpoints: [{ addresses: ["${address}"], conditions: { ready: true } }]`
  const base = ingress('a/one', 'a.test', { '/': 'web' }) + service('a/web')
  const alone = `${ingress('a/one', 'a.test', { '/': 'web' })}
---
apiVersion: v1
kind: Service
metadata: { namespace: a, name: web }
spec: { clusterIP: None, ports: [{ port: 80 }] }`

  for (const [address, why, port, type] of [
    ['127.0.0.1', 'loopback'],
    ['127.8.9.1', 'loopback'],
    ['169.254.169.254', 'credentials'],
    ['100.100.100.200', 'credentials'],
    ['169.254.1.1', 'link-local'],
    ['0.0.0.0', 'no address'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'no address'],
    ['10.9.9.9', 'own admin', 9900],
    ['::1', 'loopback', 80, 'IPv6'],
    ['fe80::1', 'link-local', 80, 'IPv6'],
    ['fd00:ec2::254', 'credentials', 80, 'IPv6'],
    ['ff02::1', 'multicast', 80, 'IPv6'],
    ['::', 'no address', 80, 'IPv6'],
    ['::ffff:127.0.0.1', 'loopback', 80, 'IPv6'],
    ['::ffff:a9fe:a9fe', 'credentials', 80, 'IPv6'],
    ['64:ff9b::7f00:1', 'translator', 80, 'IPv6'],
    ['metadata.google.internal', 'not an IP', 80, 'FQDN'],
  ] as const) {
    test(`are left out, and the slice is named: ${address}`, () => {
      const pieces = translated(alone + addressed(address, port, type))
      const refusals = told(pieces).filter((line) => line.startsWith('EndpointRefused'))

      assert.deepEqual(members(pieces), { 'a/web:80': [] })
      assert.equal(refusals.length, 1)
      assert.match(
        refusals[0] ?? '',
        /^EndpointRefused Ingress a\/one .* of EndpointSlice "a\/aimed" is left out: /,
      )
      assert.ok(refusals[0]?.includes(why) === true, refusals.join())
    })
  }

  test('are left out when they are nodes or the API server', () => {
    const objects = new FixedObjects(base + addressed('10.50.0.1'))
    objects.forbidden = {
      reason: (address) => (address === '10.50.0.1' ? 'it is an address of the node "n1"' : undefined),
    }

    const pieces = new KubernetesTranslator(kubernetesSettings()).translate(objects, surroundings)

    assert.deepEqual(members(pieces)['a/web:80'], ['10.1.0.1:8080'])
    assert.match(
      told(pieces).join(),
      /^EndpointRefused .*"10\.50\.0\.1" port 80 .*it is an address of the node "n1"/,
    )
  })

  test('pass when the operator allows their block', () => {
    const pieces = translated(base + addressed('169.254.1.1'), { allowedEndpoints: ['169.254.1.0/24'] })

    assert.deepEqual(told(pieces), [])
    assert.deepEqual(members(pieces)['a/web:80'], ['10.1.0.1:8080', '169.254.1.1:80'])
  })

  test('pass on our own address where the admin interface is not', () => {
    assert.deepEqual(told(translated(base + addressed('10.9.9.9', 8080))), [])
  })

  test('are refused as the address of a Service too', () => {
    const yaml = ingress('a/one', 'a.test', { '/': 'web' }).replace(
      'name: one',
      'name: one, annotations: { tidegate.dev/service-upstream: "on" }',
    )

    const pieces = translated(yaml + service('a/web').replaceAll('10.96.0.1', '127.0.0.1'))

    assert.match(told(pieces).join(), /^EndpointRefused .*address "127\.0\.0\.1" of service "a\/web"/)
    assert.deepEqual(Object.values(members(pieces)), [[]])
  })
})

describe('a Service of type ExternalName', () => {
  const external = (name: string) =>
    `${ingress('a/one', 'a.test', { '/': 'out' })}
---
apiVersion: v1
kind: Service
metadata: { namespace: a, name: out }
spec: { type: ExternalName, externalName: ${name} }`

  for (const [name, externalNames] of [
    ['metadata.google.internal', []],
    ['evil.test', ['*.partner.test']],
    ['partner.test', ['*.partner.test']],
    ['a.b.partner.test', ['*.partner.test']],
    ['localhost', ['**.partner.test']],
    ['169.254.169.254', ['**.partner.test']],
  ] as const) {
    test(`to ${name} is refused with ${JSON.stringify(externalNames)}`, () => {
      const pieces = translated(external(name), { externalNames })

      assert.match(told(pieces).join(), /^ExternalNameRefused Ingress a\/one /)
      assert.equal(pieces.clusters[0]?.content.dns, undefined)
    })
  }
})
