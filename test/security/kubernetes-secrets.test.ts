import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KubernetesTranslator } from '../../src/translate/kubernetes/translator.ts'
import { FixedObjects } from '../support/kubernetes/fixed-objects.ts'
import {
  ingress,
  kubernetesSettings,
  service,
  surroundings,
  told,
  translated,
} from '../support/kubernetes/translation.ts'

// Hardening reference §5.3: certificates of one tenant are not for the hosts of another, and Secrets stay in their namespace.

function secret(namespace: string, name: string, names: string, allowFrom?: string): string {
  const annotations =
    allowFrom === undefined ? '' : `, annotations: { tidegate.dev/allow-from: ${JSON.stringify(allowFrom)} }`
  return `
---
apiVersion: v1
kind: Secret
metadata: { namespace: ${namespace}, name: ${name}${annotations} }
type: kubernetes.io/tls
stringData: { tls.crt: ${JSON.stringify(names)}, tls.key: ${namespace}-key }`
}

function grant(from: string, more = ''): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { namespace: pki, name: g }
spec:
  from: [${from}]
  to: [{ group: "", kind: Secret${more} }]`
}

const tls = (host: string, name: string) =>
  `  tls: [{ hosts: [${JSON.stringify(host)}], secretName: ${name} }]\n`
const using = (name: string) =>
  ingress('a/one', 'a.test', { '/': 'web' }, tls('a.test', name)) + service('a/web')
/** The API takes no namespace in `secretName`. */
const annotated = (name: string) =>
  ingress('a/one', 'a.test', { '/': 'web' }, '  tls: [{ hosts: [a.test] }]\n').replace(
    'name: one }',
    `name: one, annotations: { tidegate.dev/tls-secret: ${name} } }`,
  )
const fromA = '{ group: networking.k8s.io, kind: Ingress, namespace: a }'

describe('a Secret of another namespace', () => {
  for (const [what, more, isUsed] of [
    ['is not used by itself', secret('pki', 'wild', 'a.test'), false],
    ['is used when its owner names our namespace', secret('pki', 'wild', 'a.test', 'b, a'), true],
    ['is used when its owner shares it with all', secret('pki', 'wild', 'a.test', '*'), true],
    ['is not used when its owner names others', secret('pki', 'wild', 'a.test', 'b,aa'), false],
    ['is used when a grant says so', secret('pki', 'wild', 'a.test') + grant(fromA), true],
    [
      'is used when a grant says so of it',
      secret('pki', 'wild', 'a.test') + grant(fromA, ', name: wild'),
      true,
    ],
    [
      'is not used when a grant is for another',
      secret('pki', 'wild', 'a.test') + grant(fromA, ', name: other'),
      false,
    ],
    [
      'is not used when a grant is for another namespace',
      secret('pki', 'wild', 'a.test') + grant(fromA.replace('namespace: a', 'namespace: b')),
      false,
    ],
    [
      'is not used when a grant is for other kinds',
      secret('pki', 'wild', 'a.test') + grant(fromA.replace('kind: Ingress', 'kind: Gateway')),
      false,
    ],
    [
      'is not used when the grant stands with the reader',
      secret('pki', 'wild', 'a.test') +
        grant(fromA).replace('namespace: pki, name: g', 'namespace: a, name: g'),
      false,
    ],
  ] as const) {
    test(what, () => {
      const pieces = translated(using('pki/wild') + more)

      assert.equal(pieces.tlsHosts.length, isUsed ? 1 : 0)
      assert.equal(pieces.materials.length, isUsed ? 1 : 0)
      assert.match(
        told(pieces).join(),
        isUsed ? /^$/ : /^SecretNotShared Ingress a\/one spec\.tls\[0\]\.secretName: /,
      )
    })
  }

  for (const [what, yaml, isUsed] of [
    [
      'is used by annotation, for TLS without a name, when it is shared',
      annotated('pki/wild') + secret('pki', 'wild', 'a.test', 'a'),
      true,
    ],
    [
      'is not used by annotation when it is not shared',
      annotated('pki/wild') + secret('pki', 'wild', 'a.test'),
      false,
    ],
  ] as const) {
    test(what, () => {
      const pieces = translated(yaml + service('a/web'))

      assert.equal(pieces.tlsHosts.length, isUsed ? 1 : 0)
      assert.match(
        told(pieces).join(),
        isUsed
          ? /^$/
          : /^SecretNotShared Ingress a\/one metadata\.annotations\[tidegate\.dev\/tls-secret\]: /,
      )
    })
  }

  test('does not tell whether it exists to who may not use it', () => {
    assert.deepEqual(
      told(translated(using('pki/wild') + secret('pki', 'wild', 'a.test'))),
      told(translated(using('pki/wild'))),
    )
  })

  test('that may not be read is told with what gives the right, shared or not', () => {
    const objects = new FixedObjects(using('pki/wild') + secret('pki', 'wild', 'a.test', '*'))
    objects.outOfReach.add('pki/wild')

    const pieces = new KubernetesTranslator(kubernetesSettings()).translate(objects, surroundings)

    assert.match(
      told(pieces).join(),
      /^SecretOutOfReach Ingress a\/one .*; run "kubectl create rolebinding x"/,
    )
    assert.deepEqual(pieces.materials, [])
  })

  test('is no longer used once it is no longer shared, though it was good before', () => {
    const objects = new FixedObjects(using('pki/wild') + secret('pki', 'wild', 'a.test', 'a'))
    const translator = new KubernetesTranslator(kubernetesSettings())
    translator.translate(objects, surroundings)
    objects.put(secret('pki', 'wild', 'a.test'))

    const pieces = translator.translate(objects, surroundings)

    assert.deepEqual([pieces.tlsHosts, pieces.materials], [[], []])
  })
})

describe('the certificates of a host', () => {
  test('are its owner’s, and not those of others that fit its name', () => {
    const yaml =
      ingress('a/bank', 'bank.test', { '/': 'web' }, tls('bank.test', 'own')) +
      ingress('b/evil', 'evil.test', { '/': 'web' }, tls('evil.test', 'fake')) +
      secret('a', 'own', 'bank.test') +
      secret('b', 'fake', 'evil.test bank.test') +
      service('a/web') +
      service('b/web')

    const { tlsHosts } = translated(yaml)

    assert.deepEqual(
      tlsHosts.map(({ names, certificates }) => [names, certificates.map(({ file }) => file)]),
      [
        [['bank.test'], ['Secret a/own']],
        [['evil.test'], ['Secret b/fake']],
      ],
    )
  })

  test('are not those of another namespace for a wildcard around it', () => {
    const yaml =
      ingress('b/in', 'pay.shop.test', { '/': 'web' }) +
      ingress('a/wild', '*.shop.test', { '/': 'web' }, tls('*.shop.test', 'wild')) +
      secret('a', 'wild', '*.shop.test') +
      service('a/web') +
      service('b/web')

    const { tlsHosts } = translated(yaml)

    assert.deepEqual(
      tlsHosts.map(({ names, certificates }) => [names, certificates.length]),
      [
        [['*.shop.test'], 1],
        [['pay.shop.test'], 0],
      ],
    )
  })

  test('with hostOwnership object are those of the oldest alone', () => {
    const yaml =
      ingress('a/one', 'bank.test', { '/': 'web' }, tls('bank.test', 'own')) +
      ingress('b/two', 'bank.test', { '/b': 'web' }, tls('bank.test', 'other')) +
      secret('a', 'own', 'bank.test') +
      secret('b', 'other', 'bank.test') +
      service('a/web') +
      service('b/web')

    const pieces = translated(yaml, { hostOwnership: 'object' })

    assert.deepEqual(
      pieces.tlsHosts.map(({ certificates }) => certificates.map(({ file }) => file)),
      [['Secret a/own']],
    )
    assert.match(
      told(pieces).join(),
      /^CertificateUnused Ingress b\/two spec\.tls\[0\]\.secretName: warning: /,
    )
  })
})

describe('what is in a Secret', () => {
  test('is in no piece and no problem', () => {
    const yaml =
      using('own') +
      secret('a', 'own', 'other.test').replace('a-key', 'never-be-printed') +
      secret('a', 'bad', 'broken')

    const { materials: _, ...pieces } = translated(yaml)

    assert.doesNotMatch(JSON.stringify(pieces), /never-be-printed/)
  })
})
