import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  annotated,
  ingress,
  router,
  service,
  told,
  translated,
} from '../../../support/kubernetes/translation.ts'

// What annotations of one Ingress must not do to the routes of another one.

const compat = { compat: 'ingress-nginx', tlsRedirect: 'off' } as const
const services = service('web') + service('api') + service('next')

describe('a canary that is not written "true"', () => {
  test('takes nothing from the Ingress that it is younger or older than', () => {
    const part = annotated('a', 'a.test', { '/': 'next' }, { canary: 'True', 'canary-weight': '100' })
    const main = ingress('b', 'a.test', { '/': 'web' })

    const pieces = translated(part + main + services, compat)

    assert.equal(router(pieces)('a.test/'), 'default/web:80')
    assert.equal(told(pieces).length, 1)
    assert.match(told(pieces).join(), /^AnnotationInvalid .*canary is not written "true"/)
  })
})
