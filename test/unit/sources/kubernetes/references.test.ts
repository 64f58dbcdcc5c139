import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readIngress } from '../../../../src/sources/kubernetes/read/ingress.ts'
import { readIngressClass } from '../../../../src/sources/kubernetes/read/ingress-class.ts'
import { References } from '../../../../src/sources/kubernetes/references.ts'
import {
  defaultReferences,
  mayHideSecrets,
  ourClasses,
  secretReferences,
} from '../../../../src/sources/kubernetes/secret-references.ts'
import { classJson, type IngressFacts, ingressJson } from '../../../support/kubernetes/api-objects.ts'
import { kubernetesSettings } from '../../../support/kubernetes/api-settings.ts'

describe('references', () => {
  test('tell the first and the last to refer to something', () => {
    const references = new References()

    const told = [
      references.set('a', ['x', 'y']),
      references.set('b', ['x']),
      references.set('a', ['x']),
      references.set('a', []),
      references.set('b', []),
    ]

    assert.deepEqual(told, [
      { added: ['x', 'y'], dropped: [] },
      { added: [], dropped: [] },
      { added: [], dropped: ['y'] },
      { added: [], dropped: [] },
      { added: [], dropped: ['x'] },
    ])
    assert.equal(references.has('x'), false)
  })

  test('that stay are neither new nor gone', () => {
    const references = new References()
    references.set('a', ['x'])

    assert.deepEqual(references.set('a', ['z', 'x']), { added: ['z'], dropped: [] })
    assert.equal(references.has('x'), true)
  })
})

describe('Secrets that an Ingress may need', () => {
  const classes = [classJson('mine'), classJson('nginx', 'k8s.io/ingress-nginx')].flatMap((json) => {
    const cut = readIngressClass(json)
    return cut.kind === 'read' ? [cut.object] : []
  })

  function found(facts: IngressFacts, watchWithoutClass: 'on' | 'off' = 'off'): readonly string[] {
    const json = ingressJson('web', { secret: 'tls', ...facts })
    const spec = json['spec'] as Record<string, unknown>
    if (facts.className === '') delete spec['ingressClassName']
    const cut = readIngress(json)
    const ours = ourClasses(kubernetesSettings({ watchWithoutClass }), classes)
    return cut.kind === 'read' ? secretReferences(cut.object, ours) : [cut.why]
  }

  const legacy = (value: string) => ({ className: '', annotations: { 'kubernetes.io/ingress.class': value } })
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['of a class of ours', found({ className: 'mine' }), ['shop/tls']],
    ['of the class that needs no object', found({ className: 'tidegate' }), ['shop/tls']],
    ['of a class of others', found({ className: 'nginx' }), []],
    ['of a class that is not there', found({ className: 'none' }), []],
    ['by the annotation', found(legacy('tidegate')), ['shop/tls']],
    ['of others by the annotation', found(legacy('nginx')), []],
    ['without a class', found({ className: '' }), []],
    ['without a class, when those are ours', found({ className: '' }, 'on'), ['shop/tls']],
  ]
  for (const [what, secrets, expected] of rows) {
    test(`${what}: ${expected.length === 0 ? 'none' : expected.join()}`, () => {
      assert.deepEqual(secrets, expected)
    })
  }

  test('are in annotations too, with their namespace or without', () => {
    const annotations = {
      'nginx.ingress.kubernetes.io/auth-tls-secret': 'ops/ca',
      'nginx.ingress.kubernetes.io/auth-secret': 'users',
      'nginx.ingress.kubernetes.io/proxy-ssl-secret': 'no name/../x',
      'nginx.ingress.kubernetes.io/auth-secret-type': 'auth-map',
    }

    assert.deepEqual(found({ annotations }), ['shop/tls', 'ops/ca', 'shop/users'])
  })

  test('are found by a name with its namespace in the field too, as translation reads it', () => {
    assert.deepEqual(found({ secret: 'pki/wild' }), ['pki/wild'])
    assert.deepEqual(found({ secret: 'a/b/c' }), [])
  })

  test('are found in quotes, and with space around them', () => {
    const annotations = {
      'tidegate.dev/tls-secret': ' "pki/wild"\n',
      'tidegate.dev/tls.ca-secret': "'ca'",
      'tidegate.dev/tls.certificate-secret': '"half',
    }

    assert.deepEqual(found({ annotations }), ['shop/tls', 'pki/wild', 'shop/ca'])
  })

  test('are those of an Ingress of the default class that leaves the old annotation empty', () => {
    assert.deepEqual(found(legacy(''), 'on'), ['shop/tls'])
  })
})

describe('Secrets that annotations may name besides', () => {
  for (const [annotations, expected] of [
    [{}, false],
    [{ 'tidegate.dev/tls': 'on' }, false],
    [{ 'tidegate.dev/tls': ' off' }, false],
    [{ 'tidegate.dev/tls': '{ caSecret: ca }' }, true],
    [{ 'tidegate.dev/tls': '' }, true],
    [{ 'tidegate.dev/tls.ca-secret': 'ca' }, false],
    [{ 'tidegate.dev/tls.ca-secret': '|\n ca' }, true],
    [{ 'other.dev/tls.ca-secret': '|\n ca' }, false],
  ] as const) {
    test(`are ${expected ? 'possible' : 'none'} with ${JSON.stringify(annotations)}`, () => {
      assert.equal(mayHideSecrets(new Map(Object.entries(annotations))), expected)
    })
  }

  for (const [defaults, keys, mayHide] of [
    [{ 'tls-secret': 'pki/wild', 'timeouts.idle': '5s' }, ['pki/wild'], false],
    [{ 'tidegate.dev/tls-secret': 'pki/wild' }, ['pki/wild'], false],
    [{ 'tls.ca-secret': 'ca' }, [], true],
    [{ 'nginx.ingress.kubernetes.io/proxy-ssl-secret': 'client' }, [], true],
    [{ tls: '{ caSecret: ca }' }, [], true],
    [{ tls: 'on' }, [], false],
  ] as const) {
    test(`are ${keys.join() || 'none'} ${mayHide ? 'and others ' : ''}by defaults ${JSON.stringify(defaults)}`, () => {
      assert.deepEqual(defaultReferences(new Map(Object.entries(defaults))), { keys, mayHide })
    })
  }
})
