import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ingress, service, told, translated } from '../../../support/kubernetes/translation.ts'

const secret = `
---
kind: Secret
metadata: { name: users }
stringData: { auth: "alice's hash" }
`

/** An Ingress with users and further annotations of ingress-nginx, and its Service. */
function guarded(annotations: Readonly<Record<string, string>> = {}): string {
  const all = { 'auth-type': 'basic', 'auth-secret': 'users', ...annotations }
  const lines = Object.entries(all).map(
    ([name, text]) => `nginx.ingress.kubernetes.io/${name}: ${JSON.stringify(text)}`,
  )
  const plain = ingress('web', 'a.test', { '/': 'web' })
  return plain.replace('name: web }', `name: web, annotations: { ${lines.join(', ')} } }`) + service('web')
}

function kinds(yaml: string): readonly (readonly string[])[] {
  return translated(yaml).routes.map(({ content }) => content.filters.map(({ kind }) => kind))
}

describe('routes that ask for users', () => {
  test('name them as a material that travels beside them', () => {
    const { routes, materials } = translated(guarded() + secret)

    const [filter] = routes[0]?.content.filters ?? []
    assert.ok(filter?.kind === 'basicAuth')
    assert.deepEqual(
      materials.map(({ id, kind }) => [id, kind]),
      [[filter.users, 'users']],
    )
    assert.equal(filter.authorization, 'keep')
  })

  test('ask behind CORS, and before everything else', () => {
    assert.deepEqual(kinds(guarded({ 'enable-cors': 'true', 'x-forwarded-prefix': '/x' }) + secret), [
      ['cors', 'basicAuth', 'requestHeaders'],
    ])
    assert.deepEqual(kinds(guarded({ 'permanent-redirect': 'https://b.test' }) + secret), [
      ['basicAuth', 'redirect'],
    ])
    assert.deepEqual(kinds(guarded({ 'auth-url': 'http://web.default.svc/verify' }) + secret), [
      ['basicAuth', 'forwardAuth'],
    ])
  })

  test('ask nobody whom address lists keep out', () => {
    assert.deepEqual(kinds(guarded({ 'denylist-source-range': '192.0.2.0/24' }) + secret), [
      ['refuse'],
      ['basicAuth'],
    ])
  })

  test('are all closed without the Secret, and lead nowhere', () => {
    const made = translated(guarded({ 'enable-cors': 'true' }))

    assert.deepEqual(
      made.routes.map(({ content }) => [content.filters.map(({ kind }) => kind), content.target.kind]),
      [[['refuse'], 'neg']],
    )
    assert.match(told(made).join('\n'), /^SecretNotFound .*auth-secret.*"default\/users" does not exist/)
  })
})
