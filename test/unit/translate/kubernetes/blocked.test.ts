import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KubernetesTranslator } from '../../../../src/translate/kubernetes/translator.ts'
import { FixedObjects } from '../../../support/kubernetes/fixed-objects.ts'
import {
  ingress,
  kubernetesSettings,
  members,
  router,
  service,
  surroundings,
  told,
  translated,
} from '../../../support/kubernetes/translation.ts'

// An annotation that protects and cannot be obeyed closes the routes of its Ingress.

const firewall = 'nginx.ingress.kubernetes.io/enable-modsecurity: "true"'
const canary = 'nginx.ingress.kubernetes.io/canary: "true", nginx.ingress.kubernetes.io/canary-weight: "10"'

/** An Ingress with annotations. */
function annotated(annotations: string, ...given: Parameters<typeof ingress>): string {
  const [name] = given
  return ingress(...given).replace(`name: ${name} }`, `name: ${name}, annotations: { ${annotations} } }`)
}

/** Problems as `reason field`. */
function reasons(pieces: ReturnType<typeof translated>): readonly string[] {
  return pieces.problems.map(({ reason, origin }) => `${reason} ${origin.field}`)
}

const annotation = 'metadata.annotations[nginx.ingress.kubernetes.io/enable-modsecurity]'
const firstBackend = 'spec.rules[0].http.paths[0].backend'

describe('an Ingress that is closed', () => {
  test('is told what is wrong with its Services too', () => {
    const pieces = translated(annotated(firewall, 'web', 'a.test', { '/': 'gone', '/x': 'web' }))

    assert.deepEqual(reasons(pieces), [
      `AnnotationUnsupported ${annotation}`,
      `ServiceNotFound ${firstBackend}.service`,
      'ServiceNotFound spec.rules[0].http.paths[1].backend.service',
    ])
    assert.equal(router(pieces)('a.test/'), '503')
  })

  test('is told of a port that its Service does not have', () => {
    const other = service('web').replace('ports: [{ port: 80 }]', 'ports: [{ port: 81 }]')
    const pieces = translated(annotated(firewall, 'web', 'a.test', { '/': 'web' }) + other)

    assert.match(
      told(pieces).join('\n'),
      /\nServicePortNotFound .*has no port 80: it has 81; write "port\.number: 81"$/,
    )
  })

  test('is told of its default backend', () => {
    const more = '  defaultBackend: { service: { name: none, port: { number: 80 } } }\n'
    const pieces = translated(annotated(firewall, 'web', 'a.test', { '/': 'web' }, more) + service('web'))

    assert.deepEqual(reasons(pieces), [
      `AnnotationUnsupported ${annotation}`,
      'ServiceNotFound spec.defaultBackend.service',
    ])
  })

  test('is told of a backend that is no Service', () => {
    const yaml = annotated(firewall, 'web', 'a.test', { '/': 'web' }).replace(
      'service: { name: web, port: { number: 80 } }',
      'resource: { apiGroup: x.test, kind: Bucket, name: pictures }',
    )

    assert.deepEqual(reasons(translated(yaml)), [
      `AnnotationUnsupported ${annotation}`,
      `ResourceBackendUnsupported ${firstBackend}.resource`,
    ])
  })

  test('has no cluster, unless another Ingress leads to the same', () => {
    const closed = annotated(firewall, 'web', 'a.test', { '/': 'web' }) + service('web')

    assert.deepEqual(members(translated(closed)), {})
    assert.deepEqual(members(translated(closed + ingress('open', 'b.test', { '/': 'web' }))), {
      'default/web:80': ['10.1.0.1:8080'],
    })
    assert.deepEqual(members(translated(ingress('open', 'b.test', { '/': 'web' }) + closed)), {
      'default/web:80': ['10.1.0.1:8080'],
    })
  })

  test('is told of changed endpoints, and gives none', () => {
    const objects = new FixedObjects(
      annotated(firewall, 'web', 'a.test', { '/': 'web' }) + service('web', '10.1.0.1'),
    )
    const translator = new KubernetesTranslator(kubernetesSettings())
    translator.translate(objects, surroundings)
    objects.put(service('web', '127.0.0.1'))

    const { endpoints, hasNewShape, problems } = translator.membership(objects, new Set(['default/web']))

    assert.deepEqual([endpoints.size, hasNewShape], [0, false])
    assert.deepEqual(
      problems.map(({ reason }) => reason),
      ['AnnotationUnsupported', 'EndpointRefused'],
    )
  })

  test('leads to its Services when it can be obeyed again', () => {
    const objects = new FixedObjects(annotated(firewall, 'web', 'a.test', { '/': 'web' }) + service('web'))
    const translator = new KubernetesTranslator(kubernetesSettings())
    translator.translate(objects, surroundings)
    objects.put(ingress('web', 'a.test', { '/': 'web' }))

    const pieces = translator.translate(objects, surroundings)

    assert.deepEqual(members(pieces), { 'default/web:80': ['10.1.0.1:8080'] })
    assert.equal(router(pieces)('a.test/'), 'default/web:80')
  })
})

describe('a canary that is closed', () => {
  const main = ingress('main', 'a.test', { '/': 'web' }) + service('web')
  const part = annotated(`${canary}, tidegate.dev/tls: nonsense`, 'part', 'a.test', { '/': 'next' })

  test('is told what is wrong with its Services too', () => {
    const pieces = translated(main + part, { compat: 'ingress-nginx' })

    assert.deepEqual(reasons(pieces), [
      'AnnotationInvalid metadata.annotations[tidegate.dev/tls]',
      `ServiceNotFound ${firstBackend}.service`,
    ])
    assert.equal(router(pieces)('a.test/'), 'default/web:80')
    assert.deepEqual(Object.values(members(pieces)), [['10.1.0.1:8080']])
  })

  test('is told nothing more once its Services are there', () => {
    const objects = new FixedObjects(main + part)
    const translator = new KubernetesTranslator(kubernetesSettings({ compat: 'ingress-nginx' }))
    translator.translate(objects, surroundings)
    objects.put(service('next'))

    const pieces = translator.translate(objects, surroundings)

    assert.deepEqual(reasons(pieces), ['AnnotationInvalid metadata.annotations[tidegate.dev/tls]'])
  })

  test('is told of them when its main Ingress comes later', () => {
    const objects = new FixedObjects(part)
    const translator = new KubernetesTranslator(kubernetesSettings({ compat: 'ingress-nginx' }))
    translator.translate(objects, surroundings)
    objects.put(main)

    const pieces = translator.translate(objects, surroundings)

    assert.equal(reasons(pieces).at(-1), `ServiceNotFound ${firstBackend}.service`)
  })
})
