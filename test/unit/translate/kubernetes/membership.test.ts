import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KubernetesTranslator } from '../../../../src/translate/kubernetes/translator.ts'
import { FixedObjects } from '../../../support/kubernetes/fixed-objects.ts'
import { ingress, kubernetesSettings, surroundings } from '../../../support/kubernetes/translation.ts'

const bare = `${ingress('one', 'a.test', { '/': 'web' })}
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: None, ports: [{ port: 80 }] }`

const slice = (address: string, appProtocol: string) => `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ name: "", port: 8080${appProtocol === '' ? '' : `, appProtocol: ${appProtocol}`} }]
endpoints: [{ addresses: [${address}] }]`

describe('endpoints alone', () => {
  for (const [what, appProtocol, expected] of [
    ['say so when their slice says another protocol', 'kubernetes.io/h2c', true],
    ['say so when their slice asks for TLS', 'https', true],
    ['change nothing else otherwise', '', false],
  ] as const) {
    test(what, () => {
      const objects = new FixedObjects(bare + slice('10.1.0.1', ''))
      const translator = new KubernetesTranslator(kubernetesSettings())
      translator.translate(objects, surroundings)
      objects.put(slice('10.1.0.2', appProtocol))

      const { hasNewShape, endpoints } = translator.membership(objects, new Set(['default/web']))

      assert.equal(hasNewShape, expected)
      assert.equal(endpoints.get('default/web:80')?.length, 1)
    })
  }
})
