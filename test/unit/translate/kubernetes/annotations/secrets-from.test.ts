import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readingOf } from './reading.ts'

const ours = (name: string) => `tidegate.dev/${name}`
const nginx = 'nginx.ingress.kubernetes.io/proxy-ssl-secret'

describe('the annotation that names a Secret for TLS towards endpoints', () => {
  for (const [what, annotations, expected] of [
    ['is nobody when none does', { 't:tls.verify': 'off' }, [undefined, undefined]],
    [
      'is that of its part',
      { 't:tls.ca-secret': 'ca', 't:tls.certificate-secret': 'own' },
      [ours('tls.ca-secret'), ours('tls.certificate-secret')],
    ],
    ['is that of all settings', { 't:tls': '{ caSecret: ca }' }, [ours('tls'), undefined]],
    [
      'is that of the part when both do',
      { 't:tls': '{ caSecret: ca, certificateSecret: own }', 't:tls.ca-secret': 'other' },
      [ours('tls.ca-secret'), ours('tls')],
    ],
    ['is that of ingress-nginx', { 'n:proxy-ssl-secret': 'edge' }, [nginx, nginx]],
    [
      'is ours when both name one',
      { 'n:proxy-ssl-secret': 'edge', 't:tls.ca-secret': 'ca' },
      [ours('tls.ca-secret'), nginx],
    ],
    [
      'is the one before when a later one does not fit',
      { 'n:proxy-ssl-secret': 'edge', 't:tls.ca-secret': 'ca', 't:tls.verify': 'off' },
      [nginx, nginx],
    ],
  ] as const) {
    test(what, () => {
      const { caSecret, certificateSecret } = readingOf(annotations).secretsFrom

      assert.deepEqual([caSecret, certificateSecret], expected)
    })
  }

  test('is none of the object when the class does', () => {
    const read = readingOf({}, { defaults: { 'tls.ca-secret': 'ca' } })

    assert.equal(read.cluster.tls === 'off' ? undefined : read.cluster.tls?.caSecret, 'ca')
    assert.equal(read.secretsFrom.caSecret, undefined)
  })
})
