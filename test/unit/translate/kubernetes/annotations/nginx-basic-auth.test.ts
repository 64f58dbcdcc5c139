import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readingOf, reasonsOf } from './reading.ts'

const asked = { 'n:auth-type': 'basic', 'n:auth-secret': 'users' }

describe('basic authentication by annotations of ingress-nginx', () => {
  for (const [what, annotations, expected] of [
    ['a Secret of the namespace', {}, {}],
    ['one of another namespace', { 'n:auth-secret': 'ops/users' }, { namespace: 'ops' }],
    ['a file, by its name', { 'n:auth-secret-type': 'auth-file' }, {}],
    ['a map', { 'n:auth-secret-type': 'auth-map' }, { form: 'map' }],
    ['a realm, as UTF-8 bytes', { 'n:auth-realm': 'Büro "1"' }, { realm: 'B\xc3\xbcro "1"' }],
  ] as const) {
    test(`takes ${what}`, () => {
      const read = readingOf({ ...asked, ...annotations })

      const usual = { namespace: '', name: 'users', form: 'file', realm: 'restricted' }
      assert.deepEqual(read.nginx.basicAuth, { ...usual, ...expected })
      assert.deepEqual([reasonsOf(read), read.blocked], [[], undefined])
    })
  }

  for (const [what, annotations] of [
    ['digest', { ...asked, 'n:auth-type': 'digest' }],
    ['another kind', { ...asked, 'n:auth-type': 'Basic realm' }],
    ['an empty kind', { ...asked, 'n:auth-type': '' }],
    ['a kind without a Secret', { 'n:auth-type': 'basic' }],
    ['a Secret without a kind', { 'n:auth-secret': 'users' }],
    ['a name that is none', { ...asked, 'n:auth-secret': 'Users!' }],
    ['an empty name', { ...asked, 'n:auth-secret': '' }],
    ['another form', { ...asked, 'n:auth-secret-type': 'auth-ldap' }],
  ] as const) {
    test(`closes the routes for ${what}`, () => {
      const read = readingOf(annotations)

      assert.equal(read.nginx.basicAuth, undefined)
      assert.notEqual(read.blocked, undefined)
      assert.ok(reasonsOf(read).some((reason) => reason.startsWith('AnnotationInvalid')))
    })
  }

  test('says that a realm alone says nothing, and closes nothing', () => {
    const read = readingOf({ 'n:auth-realm': 'x' })

    assert.deepEqual([reasonsOf(read), read.blocked], [['AnnotationDiffers n:auth-realm'], undefined])
  })

  for (const filter of [
    'basicAuth: { users: /etc/passwd }',
    'basicAuth: { users: ["a:x"] }',
    'apiKey: { keys: /k }',
  ]) {
    test(`our own annotation takes no credentials: ${filter}`, () => {
      const read = readingOf({ 't:filters': `[{ ${filter} }]` })

      assert.deepEqual(reasonsOf(read), ['AnnotationInvalid t:filters'])
      assert.notEqual(read.blocked, undefined)
    })
  }
})
