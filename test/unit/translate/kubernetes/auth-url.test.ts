import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubernetesSettings } from '../../../../src/model/kubernetes-settings.ts'
import { ingress, service, told, translated } from '../../../support/kubernetes/translation.ts'

/** An Ingress of namespace `default` with annotations of ingress-nginx, and its Service. */
function guarded(annotations: Readonly<Record<string, string>>): string {
  const lines = Object.entries(annotations).map(
    ([name, text]) => `nginx.ingress.kubernetes.io/${name}: ${JSON.stringify(text)}`,
  )
  const plain = ingress('web', 'a.test', { '/': 'web' })
  const named = plain.replace('name: web }', `name: web, annotations: { ${lines.join(', ')} } }`)
  return named + service('web')
}

function pieces(url: string, more = '', settings: Partial<KubernetesSettings> = {}) {
  const made = translated(guarded({ 'auth-url': url }) + more, settings)
  const [route] = made.routes
  const [filter] = route?.content.filters ?? []
  assert.equal(filter?.kind, 'forwardAuth')
  const id = filter?.kind === 'forwardAuth' ? filter.cluster : ''
  const cluster = made.clusters.find(({ content }) => content.id === id)?.content
  assert.notEqual(cluster, undefined)
  return { id, cluster, told: told(made), made }
}

describe('the cluster that auth-url stands for', () => {
  for (const name of ['auth.default.svc.cluster.local', 'auth.default.svc']) {
    test(`is the Service of the namespace: ${name}`, () => {
      const { id, cluster, told } = pieces(`http://${name}/verify`, service('auth', '10.1.0.9'))

      assert.deepEqual([id, told], ['default/auth:80', []])
      assert.deepEqual(
        cluster?.endpoints.map(({ address }) => address),
        [{ kind: 'tcp', host: '10.1.0.9', port: 8080 }],
      )
      assert.deepEqual([cluster?.tls, cluster?.protocol], [undefined, 'http/1.1'])
    })
  }

  test('is reached as Services are by default, whatever annotations say of the backend', () => {
    const yaml = guarded({
      'auth-url': 'http://auth.default.svc/verify',
      'backend-protocol': 'GRPCS',
      'upstream-vhost': 'inner.test',
    })
    const { clusters } = translated(yaml + service('auth'))

    const cluster = clusters.find(({ content }) => content.id === 'default/auth:80')?.content
    assert.deepEqual([cluster?.protocol, cluster?.tls, cluster?.host], ['http/1.1', undefined, 'pass'])
  })

  test('stands without endpoints when there is no such Service or port', () => {
    const missing = pieces('http://auth.default.svc/verify')
    const port = pieces('http://auth.default.svc:81/verify', service('auth'))

    assert.deepEqual([missing.cluster?.endpoints, port.cluster?.endpoints], [[], []])
    assert.match(missing.told.join('\n'), /^ServiceNotFound .*auth-url.*"default\/auth" does not exist/)
    assert.match(port.told.join('\n'), /^ServicePortNotFound .*auth-url/)
  })

  test('is not the Service of another namespace, unless the operator allows its name', () => {
    const other = service('sso/auth', '10.1.0.9')
    const refused = pieces('http://auth.sso.svc/verify', other)
    const allowed = pieces('http://auth.sso.svc/verify', other, {
      externalNames: ['auth.sso.svc.cluster.local'],
    })

    assert.deepEqual(refused.cluster?.endpoints, [])
    assert.match(refused.told.join('\n'), /^ExternalNameRefused .*auth-url.*is of another namespace/)
    assert.deepEqual([allowed.cluster?.endpoints.length, allowed.told], [1, []])
    assert.equal(allowed.id, refused.id)
  })

  test('of another namespace is never that of its own Ingresses', () => {
    const own = ingress('sso/web', 'b.test', { '/': 'auth' }) + service('sso/auth', '10.1.0.9')
    const { id, made } = pieces('http://auth.sso.svc/verify', own)

    const members = made.clusters.map(({ content }) => [content.id, content.endpoints.length])
    assert.deepEqual(Object.fromEntries(members), { 'default/web:80': 1, [id]: 0, 'sso/auth:80': 1 })
  })

  test('is not a host elsewhere, unless the operator allows its name', () => {
    const refused = pieces('https://login.example.com/verify')
    const allowed = pieces('https://login.example.com/verify', '', { externalNames: ['*.example.com'] })

    assert.deepEqual([refused.cluster?.endpoints, refused.cluster?.dns], [[], undefined])
    assert.match(
      refused.told.join('\n'),
      /^ExternalNameRefused .*host "login\.example\.com" may not be asked/,
    )
    assert.deepEqual(allowed.told, [])
    const { dns, tls } = allowed.cluster ?? {}
    assert.deepEqual([dns?.host, dns?.port, tls?.verify], ['login.example.com', 443, 'on'])
    assert.notEqual(dns?.guard, undefined)
  })

  test('is verified where it is asked by TLS', () => {
    const { cluster } = pieces('https://auth.default.svc/verify', service('auth').replaceAll('80 }', '443 }'))

    assert.deepEqual([cluster?.tls?.verify, cluster?.tls?.serverName], ['on', 'auth.default.svc'])
  })
})

describe('the question of auth-url', () => {
  test('stands in front of every filter that lets requests in', () => {
    const yaml = guarded({
      'auth-url': 'http://auth.default.svc/verify',
      'permanent-redirect': 'https://b.test',
      'x-forwarded-prefix': '/p',
    })
    const [route] = translated(yaml + service('auth')).routes

    assert.deepEqual(
      route?.content.filters.map(({ kind }) => kind),
      ['requestHeaders', 'forwardAuth', 'redirect'],
    )
  })

  for (const [namespace, kinds] of [
    ['default', ['requestHeaders', 'forwardAuth']],
    ['sso', ['forwardAuth', 'requestHeaders']],
  ] as const) {
    test(`asks a server of namespace ${namespace} ${kinds[0] === 'forwardAuth' ? 'before' : 'after'} headers are edited`, () => {
      const edit = '[{ requestHeaders: { set: { x-forwarded-host: bank.test } } }]'
      const yaml = guarded({ 'auth-url': `http://auth.${namespace}.svc/verify` }).replace(
        'annotations: {',
        `annotations: { tidegate.dev/filters: ${JSON.stringify(edit)},`,
      )
      const externalNames = ['auth.sso.svc.cluster.local']
      const [route] = translated(yaml + service(`${namespace}/auth`), { externalNames }).routes

      assert.deepEqual(
        route?.content.filters.map(({ kind }) => kind),
        kinds,
      )
    })
  }

  test('is asked on every route of the Ingress', () => {
    const yaml = guarded({
      'auth-url': 'http://auth.default.svc/verify',
      'app-root': '/shop',
      'server-alias': 'b.test',
      'rewrite-target': '/x',
    })
    const { routes } = translated(yaml + service('auth'))

    assert.ok(routes.length >= 3)
    for (const { content } of routes) {
      assert.equal(content.filters[0]?.kind, 'forwardAuth', content.id)
    }
  })
})
