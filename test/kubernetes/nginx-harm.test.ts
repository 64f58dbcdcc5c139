import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { describedIngress } from '../support/kubernetes/describe.ts'
import { eventually } from '../support/kubernetes/eventually.ts'
import { ingress } from '../support/kubernetes/objects.ts'

// What annotations of ingress-nginx on one Ingress must not do to the routes of another one, on a real API server.

const prefix = 'nginx.ingress.kubernetes.io/'

describe('annotations of one Ingress and the routes of another', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    stage = await ClusterStage.open()
    await stage.deploy({ service: 'web' })
    await stage.deploy({ service: 'other' })
    gateway = await stage.startGateway({ settings: { compat: 'ingress-nginx', tlsRedirect: 'off' } })
  })
  after(() => stage[Symbol.asyncDispose]())

  async function apply(
    name: string,
    rules: Readonly<Record<string, Readonly<Record<string, string>>>>,
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const { namespace, className, client } = stage
    const full = Object.fromEntries(Object.entries(annotations).map(([key, text]) => [prefix + key, text]))
    await client.apply(ingress({ namespace, name, className, annotations: full, rules }))
  }

  const told = (name: string, reason: string) =>
    describedIngress(stage.access, { namespace: stage.namespace, name }, reason)

  test('app-root takes no requests for / that another Ingress has a path for', async () => {
    await apply('root', { 'root.test': { '/api': 'other:80' } }, { 'app-root': '/start' })
    await gateway.served({ host: 'root.test', path: '/api' }, 'other')
    assert.equal((await gateway.ask({ host: 'root.test' })).headers.location, 'http://root.test/start')

    await apply('root-web', { 'root.test': { '/': 'web:80' } })

    await gateway.served({ host: 'root.test' }, 'web')
    assert.match(await told('root', 'PathTaken'), /app-root redirects nothing of host "root.test"/)
  })

  test('server-alias gives a host up to the Ingress that has rules for it, and has it again afterwards', async () => {
    const { namespace, client } = stage
    await apply('alias', { 'alias.test': { '/': 'other:80' } }, { 'server-alias': 'named.test' })
    await gateway.served({ host: 'named.test' }, 'other')

    await apply('named', { 'named.test': { '/': 'web:80' } })

    await gateway.served({ host: 'named.test' }, 'web')
    assert.match(await told('alias', 'HostTaken'), /alias "named.test" is left out/)
    await client.delete('Ingress', { namespace, name: 'named' })
    await gateway.served({ host: 'named.test' }, 'other')
  })

  test('a canary that is marked with "True" takes nothing, though it is older', async () => {
    await apply('canary', { 'canary.test': { '/': 'other:80' } }, { canary: 'True', 'canary-weight': '100' })
    assert.match(await told('canary', 'AnnotationInvalid'), /this canary takes no requests/)

    await apply('canary-main', { 'canary.test': { '/': 'web:80' } })

    await gateway.served({ host: 'canary.test' }, 'web')
  })

  test('auth-tls-secret closes the whole host, until it is gone', async () => {
    const { namespace, client } = stage
    await apply('open', { 'tls.test': { '/': 'web:80' } })
    await gateway.served({ host: 'tls.test' }, 'web')

    await apply('tls', { 'tls.test': { '/api': 'other:80' } }, { 'auth-tls-secret': `${namespace}/none` })

    await gateway.askUntil({ host: 'tls.test' }, { is: ({ status }) => status === 503, what: 'it is closed' })
    assert.match(await told('open', 'HostClosed'), /is to protect all of host "tls.test"/)
    await client.delete('Ingress', { namespace, name: 'tls' })
    await gateway.served({ host: 'tls.test' }, 'web')
  })

  test('a list of clients that is broken and mended under load lets nobody in meanwhile', async () => {
    const lists = ['192.0.2.0/24', '192.0.2.0/24,x', '', '192.0.2.0/24,', '$remote_addr', ' 192.0.2.1 ']
    const rules = { 'load.test': { '/': 'web:80' } }
    await apply('load', rules, { 'whitelist-source-range': '192.0.2.0/24' })
    await gateway.askUntil(
      { host: 'load.test' },
      { is: ({ status }) => status === 403, what: 'it is closed' },
    )

    const seen = new Set<number>()
    const ended = new AbortController()
    const load = (async () => {
      while (!ended.signal.aborted) seen.add((await gateway.ask({ host: 'load.test' })).status)
    })()
    for (const list of lists) {
      await apply('load', rules, { 'whitelist-source-range': list })
      const status = /x|\$|^$/.test(list) ? 503 : 403
      await eventually(
        async () => (await gateway.ask({ host: 'load.test' })).status === status || undefined,
        `the list ${JSON.stringify(list)} is in force`,
      )
    }
    ended.abort()
    await load

    assert.deepEqual(seen, new Set([403, 503]))
  })
})
