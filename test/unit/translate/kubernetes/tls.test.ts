import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubernetesSettings } from '../../../../src/model/kubernetes-settings.ts'
import {
  type KubernetesSurroundings,
  KubernetesTranslator,
} from '../../../../src/translate/kubernetes/translator.ts'
import { FixedObjects } from '../../../support/kubernetes/fixed-objects.ts'
import {
  ingress,
  kubernetesSettings,
  router,
  service,
  surroundings,
  told,
  translated,
  ways,
} from '../../../support/kubernetes/translation.ts'

function secret(name: string, certificate: string, key = 'k', namespace = 'default'): string {
  return `
---
apiVersion: v1
kind: Secret
metadata: { namespace: ${namespace}, name: ${name} }
type: kubernetes.io/tls
stringData: { tls.crt: ${JSON.stringify(certificate)}, tls.key: ${key} }`
}

const web = service('web')
const withTls = (entries: string, host = 'a.test', name = 'one') =>
  ingress(name, host, { '/': 'web' }, `  tls: ${entries}\n`)

/** Server names with the Secrets of their certificates. */
function names(yaml: string, given: Partial<KubernetesSettings> = {}) {
  return translated(yaml + web, given).tlsHosts.map(({ names, certificates }) => [
    names.join(' '),
    ...certificates.map(({ file, keyType }) => `${file.replace('Secret default/', '')} ${keyType}`),
  ])
}

describe('certificates', () => {
  for (const [what, yaml, expected] of [
    [
      'are for the hosts of spec.tls',
      withTls('[{ hosts: [a.test, www.a.test], secretName: s }]') + secret('s', 'a.test www.a.test'),
      [['a.test www.a.test', 's ecdsa']],
    ],
    [
      'are for the hosts of the rules when spec.tls names none',
      withTls('[{ secretName: s }]') + secret('s', 'a.test'),
      [['a.test', 's ecdsa']],
    ],
    [
      'are for wildcards',
      withTls('[{ hosts: ["*.a.test"], secretName: s }]', '*.a.test') + secret('s', '*.a.test'),
      [['*.a.test', 's ecdsa']],
    ],
    [
      'of RSA and ECDSA stand side by side',
      withTls('[{ hosts: [a.test], secretName: e }, { hosts: [a.test], secretName: r }]') +
        secret('e', 'a.test') +
        secret('r', 'rsa a.test'),
      [['a.test', 'e ecdsa', 'r rsa']],
    ],
    [
      'of several Ingresses of a host stand side by side, the oldest first',
      withTls('[{ hosts: [a.test], secretName: e }]') +
        ingress('two', 'a.test', { '/x': 'web' }, '  tls: [{ hosts: [a.test], secretName: r }]\n') +
        secret('r', 'rsa a.test') +
        secret('e', 'a.test'),
      [['a.test', 'e ecdsa', 'r rsa']],
    ],
    [
      'that many hosts share are one piece',
      withTls('[{ secretName: s }]') +
        withTls('[{ secretName: s }]', 'b.test', 'two') +
        secret('s', 'a.test b.test'),
      [['a.test b.test', 's ecdsa']],
    ],
    ['are not needed for TLS with whatever there is', withTls('[{ hosts: [a.test] }]'), []],
  ] as const) {
    test(what, () => {
      assert.deepEqual(names(yaml), expected)
    })
  }

  test('that are not for their host are used, and told', () => {
    const pieces = translated(withTls('[{ hosts: [a.test], secretName: s }]') + secret('s', '*.b.test') + web)

    assert.equal(pieces.tlsHosts.length, 1)
    assert.match(
      told(pieces).join(),
      /^CertificateNameMismatch Ingress default\/one spec\.tls\[0\]\.hosts\[0\]: warning: certificate of secret "default\/s" is for "\*\.b\.test", and not for host "a\.test"/,
    )
  })

  test('for names that nothing else has one for come from the settings, then from who takes any host', () => {
    const yaml = ingress('any', '', { '/': 'web' }, '  tls: [{ secretName: any }]\n')
    const given = { defaultCertificate: { namespace: 'ops', name: 'fallback' } }

    const pieces = translated(
      yaml + web + secret('any', 'x.test') + secret('fallback', 'y.test', 'k', 'ops'),
      given,
    )

    assert.deepEqual(
      pieces.defaultCertificates.map(({ file }) => file),
      ['Secret ops/fallback', 'Secret default/any'],
    )
    assert.equal(pieces.materials.length, 2)
  })

  test('of the settings that are missing are told at the Secret', () => {
    const pieces = translated(web, { defaultCertificate: { namespace: 'ops', name: 'fallback' } })

    assert.match(
      told(pieces).join(),
      /^SecretNotFound Secret ops\/fallback: secret "ops\/fallback" does not exist/,
    )
  })
})

describe('a Secret that cannot be used', () => {
  const yaml =
    withTls('[{ hosts: [a.test], secretName: s }]') +
    withTls('[{ hosts: [b.test], secretName: t }]', 'b.test', 'two') +
    secret('t', 'b.test') +
    web

  function afterwards(change: (objects: FixedObjects) => void, before = '') {
    const objects = new FixedObjects(yaml + before)
    const translator = new KubernetesTranslator(kubernetesSettings())
    translator.translate(objects, surroundings)
    change(objects)
    return translator.translate(objects, surroundings)
  }

  for (const [what, change, expected] of [
    [
      'because it is missing',
      () => undefined,
      /^SecretNotFound Ingress default\/one spec\.tls\[0\]\.secretName: secret "default\/s" does not exist.*create secret tls s/,
    ],
    [
      'because it is broken',
      (objects: FixedObjects) => objects.put(secret('s', 'broken')),
      /^SecretBroken .*secret "default\/s" holds no certificate in PEM/,
    ],
    [
      'because its key is another’s',
      (objects: FixedObjects) => objects.put(secret('s', 'a.test', 'other')),
      /^SecretBroken .*is not the key of its certificate/,
    ],
    [
      'because it may not be read',
      (objects: FixedObjects) => objects.outOfReach.add('default/s'),
      /^SecretOutOfReach .*may not be read by the gateway; run "kubectl create rolebinding x"/,
    ],
    [
      'because it has no key',
      (objects: FixedObjects) => objects.put(secret('s', 'a.test').replace(', tls.key: k', '')),
      /^SecretBroken .*secret "default\/s" has no "tls\.key"/,
    ],
  ] as const) {
    test(`hurts only its host, and is told: ${what}`, () => {
      const pieces = afterwards(change)

      assert.deepEqual(
        pieces.tlsHosts.map(({ names }) => names),
        [['b.test']],
      )
      assert.equal(router(pieces)('a.test/'), 'default/web:80')
      assert.equal(told(pieces).length, 1)
      assert.match(told(pieces)[0] ?? '', expected)
    })
  }

  for (const [what, change] of [
    ['is missing', (objects: FixedObjects) => objects.remove('Secret', 'default/s')],
    ['is broken', (objects: FixedObjects) => objects.put(secret('s', 'broken'))],
    ['may not be read', (objects: FixedObjects) => objects.outOfReach.add('default/s')],
  ] as const) {
    test(`leaves what it held before in force when it ${what}, and that is told`, () => {
      const pieces = afterwards(change, secret('s', 'a.test'))

      assert.equal(pieces.tlsHosts.length, 2)
      assert.equal(pieces.materials.length, 2)
      assert.match(told(pieces).join(), /warning: secret "default\/s" .*; what it held before stays in force/)
    })
  }

  test('is forgotten once nothing names it', () => {
    const objects = new FixedObjects(yaml + secret('s', 'a.test'))
    const translator = new KubernetesTranslator(kubernetesSettings())
    translator.translate(objects, surroundings)
    const [without, again] = [
      ingress('one', 'a.test', { '/': 'web' }),
      withTls('[{ hosts: [a.test], secretName: s }]'),
    ]
    translator.translate(objects.put(without).remove('Secret', 'default/s'), surroundings)

    const pieces = translator.translate(objects.put(again), surroundings)

    assert.equal(pieces.tlsHosts.length, 1)
  })
})

describe('the redirect to https', () => {
  const covered = withTls('[{ hosts: [a.test], secretName: s }]') + secret('s', 'a.test') + web
  const plain = ingress('one', 'a.test', { '/': 'web' }) + web
  const annotated = (yaml: string, value: string) =>
    yaml.replace('name: one }', `name: one, annotations: { tidegate.dev/tls-redirect: "${value}" } }`)
  const onPort = (port: number, tls: 'on' | 'off' = 'on'): KubernetesSurroundings => ({
    ...surroundings,
    listeners: [{ id: 'https', port, tls }],
  })
  const filterOf = (yaml: string, given: Partial<KubernetesSettings> = {}, around = surroundings) =>
    new KubernetesTranslator(kubernetesSettings(given)).translate(new FixedObjects(yaml), around).routes[0]
      ?.content.filters[0]

  for (const [what, yaml, given, expected] of [
    ['stands where spec.tls covers the host', covered, {}, true],
    ['stands for a wildcard of spec.tls', withTls('[{ hosts: ["*.a.test"] }]', 'x.a.test') + web, {}, true],
    ['stands for TLS without hosts', withTls('[{ secretName: s }]') + web, {}, true],
    [
      'stands for a Secret that is missing: nothing goes in the clear because of that',
      withTls('[{ hosts: [a.test], secretName: gone }]') + web,
      {},
      true,
    ],
    ['does not stand for other hosts', withTls('[{ hosts: [b.test] }]') + web, {}, false],
    ['does not stand without TLS', plain, {}, false],
    ['does not stand when settings say so', covered, { tlsRedirect: 'off' }, false],
    [
      'stands when the annotation says so against the settings',
      annotated(covered, 'on'),
      { tlsRedirect: 'off' },
      true,
    ],
    ['does not stand when the annotation says so', annotated(covered, 'off'), {}, false],
    ['does not stand without TLS when the annotation says on', annotated(plain, 'on'), {}, false],
    ['stands without TLS when the annotation forces it', annotated(plain, 'force'), {}, true],
  ] as readonly (readonly [string, string, Partial<KubernetesSettings>, boolean])[]) {
    test(what, () => {
      assert.equal(filterOf(yaml, given)?.kind === 'httpsRedirect', expected)
    })
  }

  test('is permanent, and passes the paths of ACME', () => {
    assert.deepEqual(filterOf(covered), {
      kind: 'httpsRedirect',
      status: 308,
      port: undefined,
      except: ['/.well-known/acme-challenge/'],
    })
  })

  test('names the public port when that is not 443', () => {
    assert.deepEqual(filterOf(covered, {}, onPort(8443)), {
      kind: 'httpsRedirect',
      status: 308,
      port: 8443,
      except: ['/.well-known/acme-challenge/'],
    })
  })

  test('is left out, and told once, when no listener has TLS', () => {
    const yaml = withTls('[{ hosts: [a.test] }]').replace(
      'paths:',
      'paths:\n          - { path: /x, pathType: Exact, backend: { service: { name: web, port: { number: 80 } } } }',
    )
    const pieces = new KubernetesTranslator(kubernetesSettings()).translate(
      new FixedObjects(yaml + web),
      onPort(80, 'off'),
    )

    assert.deepEqual(ways(pieces), [
      'ingress/default/one/a.test=/x -> default/web:80',
      'ingress/default/one/a.test/ -> default/web:80',
    ])
    assert.equal(told(pieces).length, 1)
    assert.match(told(pieces).join(), /^TlsListenerMissing Ingress default\/one spec\.tls: warning: /)
  })

  test('comes before the filters of annotations', () => {
    const yaml = covered.replace(
      'name: one }',
      `name: one, annotations: { tidegate.dev/filters: '[{ requestHeaders: { set: { x-a: b } } }]' } }`,
    )

    assert.deepEqual(ways(translated(yaml)), [
      'ingress/default/one/a.test/ -> httpsRedirect -> requestHeaders -> default/web:80',
    ])
  })
})
