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

// The node sends what comes to the address of a Service on to its endpoints: they are not allowed more than they are directly.

describe('a Service that is reached by its own address', () => {
  const byAddress = (name: 'tidegate.dev' | 'nginx.ingress.kubernetes.io', value: string) =>
    ingress('a/one', 'a.test', { '/': 'web' }).replace(
      'name: one',
      `name: one, annotations: { ${name}/service-upstream: "${value}" }`,
    )

  for (const [annotation, value] of [
    ['tidegate.dev', 'on'],
    ['nginx.ingress.kubernetes.io', 'true'],
  ] as const) {
    test(`gets nothing when one of its endpoints is refused: ${annotation}`, () => {
      const yaml = byAddress(annotation, value) + service('a/web', '10.50.0.1')
      const objects = new FixedObjects(yaml)
      objects.forbidden = {
        reason: (address) => (address === '10.50.0.1' ? 'it is an address of the API server' : undefined),
      }

      const pieces = new KubernetesTranslator(kubernetesSettings()).translate(objects, surroundings)

      assert.deepEqual(Object.values(members(pieces)), [[]])
      assert.match(
        told(pieces).join(),
        /^EndpointRefused Ingress a\/one .*"10\.50\.0\.1".* it is an address of the API server/,
      )
    })
  }

  test('gets what comes when all of its endpoints may be reached', () => {
    const pieces = translated(byAddress('tidegate.dev', 'on') + service('a/web'))

    assert.deepEqual(Object.values(members(pieces)), [['10.96.0.1:80']])
    assert.deepEqual(told(pieces), [])
  })

  test('gets what comes when it has no endpoints yet', () => {
    const yaml = byAddress('tidegate.dev', 'on') + service('a/web').split('---\napiVersion: discovery')[0]

    assert.deepEqual(Object.values(members(translated(yaml))), [['10.96.0.1:80']])
  })
})
