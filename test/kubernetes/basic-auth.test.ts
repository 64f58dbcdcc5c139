import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Answer } from '../support/kubernetes/ask-gateway.ts'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { describedIngress } from '../support/kubernetes/describe.ts'
import { ingress } from '../support/kubernetes/objects.ts'

const prefix = 'nginx.ingress.kubernetes.io/'
/** Of "tr0ub4dor&3", by htpasswd -m and by htpasswd -B. */
const apr1 = '$apr1$JGId5.zW$KDBPjjzwwFUGMll1Ofc521'
const bcrypt = '$2y$05$wxPNVH7K2h3OAzyPuKBmnuVkr0uZ8fcIAZlcaDK3Gqm.uzpGCncsa'

function basic(user: string, password = 'tr0ub4dor&3') {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

describe('users by annotations of ingress-nginx', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    stage = await ClusterStage.open()
    await stage.deploy({ service: 'web' })
    gateway = await stage.startGateway({
      listeners: [{ name: 'web', address: '127.0.0.1:0', errorDetail: 'on' }],
    })
  })
  after(() => stage[Symbol.asyncDispose]())

  async function secret(
    name: string,
    data: Readonly<Record<string, string>>,
    { namespace = stage.namespace, annotations = {} } = {},
  ): Promise<void> {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, btoa(text)]))
    await stage.client.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name, annotations },
      type: 'Opaque',
      data: encoded,
    })
  }

  /** Makes an Ingress for a host of its name, and waits until it answers so. */
  async function apply(
    name: string,
    annotations: Readonly<Record<string, string>>,
    status: number,
  ): Promise<string> {
    const { namespace, className, client } = stage
    const full = Object.fromEntries(Object.entries(annotations).map(([key, text]) => [prefix + key, text]))
    const host = `${name}.test`
    const rules = { [host]: { '/': 'web:80' } }
    await client.apply(ingress({ namespace, name, className, annotations: full, rules }))
    await answers(host, status)
    return host
  }

  function answers(host: string, status: number, headers: Readonly<Record<string, string>> = {}) {
    return gateway.askUntil(
      { host, headers },
      { is: (answer: Answer) => answer.status === status, what: `${host} answers ${status}` },
    )
  }

  function described(name: string, reason: string): Promise<string> {
    return describedIngress(stage.access, { name, namespace: stage.namespace }, reason)
  }

  test('auth-type, auth-secret and auth-realm ask for users of the key "auth"', async () => {
    await secret('users', { auth: `alice:${apr1}\nbob:${bcrypt}\n` })
    const host = await apply(
      'file',
      { 'auth-type': 'basic', 'auth-secret': 'users', 'auth-realm': 'the shop' },
      401,
    )

    const stranger = await gateway.ask({ host })
    const wrong = await gateway.ask({ host, headers: basic('alice', 'wrong') })
    const alice = await gateway.ask({ host, headers: basic('alice') })
    const bob = await gateway.ask({ host, headers: basic('bob') })

    assert.equal(stranger.headers['www-authenticate'], 'Basic realm="the shop", charset="UTF-8"')
    assert.deepEqual([stranger.status, wrong.status, alice.status, bob.status], [401, 401, 200, 200])
    assert.deepEqual(alice.echo?.headers['authorization'], [basic('alice').authorization])
  })

  test('auth-secret-type: auth-map has each user under a key', async () => {
    await secret('map', { alice: apr1, bob: `${bcrypt}\n` })
    const host = await apply(
      'map',
      { 'auth-type': 'basic', 'auth-secret': 'map', 'auth-secret-type': 'auth-map' },
      401,
    )

    const [alice, bob] = [
      await gateway.ask({ host, headers: basic('alice') }),
      await gateway.ask({ host, headers: basic('bob') }),
    ]

    assert.deepEqual([alice.status, bob.status], [200, 200])
  })

  test('users change with their Secret, those who passed before too', async () => {
    await secret('changing', { auth: `alice:${apr1}` })
    const host = await apply('changing', { 'auth-type': 'basic', 'auth-secret': 'changing' }, 401)
    assert.equal((await gateway.ask({ host, headers: basic('alice') })).status, 200)

    await secret('changing', { auth: `bob:${apr1}` })
    await answers(host, 200, basic('bob'))

    assert.equal((await gateway.ask({ host, headers: basic('alice') })).status, 401)
  })

  test('a Secret that is missing closes the routes until it is there, and again when it goes', async () => {
    const host = await apply('missing', { 'auth-type': 'basic', 'auth-secret': 'late' }, 503)
    const text = await described('missing', 'SecretNotFound')
    assert.match(text, /create secret generic late --from-file=auth=FILE/)

    await secret('late', { auth: `alice:${apr1}` })
    await answers(host, 200, basic('alice'))
    await stage.client.delete('Secret', { namespace: stage.namespace, name: 'late' })
    await answers(host, 503, basic('alice'))
  })

  for (const [name, data, what] of [
    ['plain', { auth: 'alice:hunter2' }, /has in line 1 a hash that is none: it looks like plain text/],
    ['costly', { auth: `alice:$2y$15${bcrypt.slice(6)}` }, /has in line 1 a hash of bcrypt with cost 15/],
    ['keyless', { users: `$apr1$x${apr1}` }, /has no "auth"/],
  ] as const) {
    test(`a Secret that is broken (${name}) closes the routes, and says why without what it holds`, async () => {
      await secret(name, data)
      await apply(`broken-${name}`, { 'auth-type': 'basic', 'auth-secret': name }, 503)

      const text = await described(`broken-${name}`, 'SecretBroken')

      assert.match(text, what)
      assert.doesNotMatch(text, /hunter2|wxPNV|JGId5/)
    })
  }

  test('a Secret of another namespace is used only if that shares it', async () => {
    const other = await stage.addNamespace()
    const [own, shared] = [`${other}/own`, `${other}/shared`]
    await secret('own', { auth: `alice:${apr1}` }, { namespace: other })
    await secret(
      'shared',
      { auth: `alice:${apr1}` },
      { namespace: other, annotations: { 'tidegate.dev/allow-from': stage.namespace } },
    )

    await apply('foreign', { 'auth-type': 'basic', 'auth-secret': own }, 503)
    const host = await apply('shared', { 'auth-type': 'basic', 'auth-secret': shared }, 401)

    assert.match(await described('foreign', 'SecretNotShared'), /is not there for namespace/)
    assert.equal((await gateway.ask({ host, headers: basic('alice') })).status, 200)
  })

  for (const [name, annotations, what] of [
    ['digest', { 'auth-type': 'digest', 'auth-secret': 'users' }, /auth-type "digest" is not obeyed/],
    ['lonely-type', { 'auth-type': 'basic' }, /auth-type has no auth-secret/],
    ['lonely-secret', { 'auth-secret': 'users' }, /auth-secret says nothing without auth-type/],
    [
      'form',
      { 'auth-type': 'basic', 'auth-secret': 'users', 'auth-secret-type': 'ldap' },
      /auth-secret-type "ldap"/,
    ],
    ['name', { 'auth-type': 'basic', 'auth-secret': 'a/b/c' }, /auth-secret "a\/b\/c" is not/],
  ] as const) {
    test(`what cannot be obeyed (${name}) closes the routes, with an event`, async () => {
      await apply(name, annotations, 503)

      assert.match(await described(name, 'AnnotationInvalid'), what)
    })
  }
})
