import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { secretReferences } from '../../src/sources/kubernetes/secret-references.ts'
import { FixedObjects } from '../support/kubernetes/fixed-objects.ts'
import { ingress } from '../support/kubernetes/translation.ts'

describe('the Secrets that an Ingress makes us look for', () => {
  test('are those of annotations that mean something, whatever others it makes up', () => {
    const madeUp = Array.from({ length: 400 }, (_, index) => [`tidegate.dev/x${index}-secret`, `n${index}/s`])
    const annotations = { ...Object.fromEntries(madeUp), 'tidegate.dev/tls-secret': 'pki/wild' }
    const yaml = ingress('a/one', 'a.test', { '/': 'web' }).replace(
      'name: one',
      `name: one, annotations: ${JSON.stringify(annotations)}`,
    )
    const [read] = new FixedObjects(yaml).ingresses()

    const found = read && secretReferences(read, { names: new Set(['tidegate']), withoutClass: 'off' })

    assert.deepEqual(found, ['pki/wild'])
  })
})
