import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { describedIngress } from '../support/kubernetes/describe.ts'
import { ingress } from '../support/kubernetes/objects.ts'

const prefix = 'nginx.ingress.kubernetes.io/'
const usualMethods = 'GET, PUT, POST, DELETE, PATCH, OPTIONS'
const usualHeaders =
  'dnt, keep-alive, user-agent, x-requested-with, if-modified-since, cache-control, content-type, range, authorization'

describe('CORS annotations of ingress-nginx', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    stage = await ClusterStage.open()
    await stage.deploy({ service: 'web' })
    gateway = await stage.startGateway({})
  })
  after(() => stage[Symbol.asyncDispose]())

  /** Makes an Ingress for a host of its name, and gives the host. */
  async function apply(name: string, annotations: Readonly<Record<string, string>>): Promise<string> {
    const { namespace, className, client } = stage
    const full = Object.fromEntries(Object.entries(annotations).map(([key, text]) => [prefix + key, text]))
    const host = `${name}.test`
    const rules = { [host]: { '/': 'web:80' } }
    await client.apply(ingress({ namespace, name, className, annotations: full, rules }))
    return host
  }

  /** The same, and waits until it is served. */
  async function serve(name: string, annotations: Readonly<Record<string, string>>): Promise<string> {
    const host = await apply(name, annotations)
    await gateway.served({ host }, 'web')
    return host
  }

  function preflight(host: string, origin: string) {
    const headers = { origin, 'access-control-request-method': 'PUT' }
    return gateway.ask({ host, method: 'OPTIONS', headers })
  }

  test('enable-cors answers preflights with the defaults of ingress-nginx', async () => {
    const host = await serve('enabled', { 'enable-cors': 'true' })

    const { status, headers, text } = await preflight(host, 'https://any.test')

    assert.deepEqual([status, text], [204, ''])
    assert.deepEqual(
      {
        origin: headers['access-control-allow-origin'],
        methods: headers['access-control-allow-methods'],
        headers: headers['access-control-allow-headers'],
        credentials: headers['access-control-allow-credentials'],
        age: headers['access-control-max-age'],
        vary: headers['vary'],
      },
      {
        origin: '*',
        methods: usualMethods,
        headers: usualHeaders,
        credentials: undefined,
        age: '1728000',
        vary: undefined,
      },
    )
  })

  test('enable-cors lets pages of every origin read the answers of the Service', async () => {
    const host = await serve('enabled', { 'enable-cors': 'true' })

    const { status, headers } = await gateway.ask({ host, headers: { origin: 'https://any.test' } })

    assert.deepEqual([status, headers['access-control-allow-origin']], [200, '*'])
  })

  test('cors-allow-* say who may send and read what', async () => {
    const host = await serve('named', {
      'enable-cors': 'true',
      'cors-allow-origin': 'https://a.test, https://*.b.test:8443',
      'cors-allow-methods': 'PUT',
      'cors-allow-headers': 'X-One',
      'cors-expose-headers': 'X-Two',
      'cors-max-age': '60',
    })

    const asked = await preflight(host, 'https://x.b.test:8443')
    const read = await gateway.ask({ host, headers: { origin: 'https://a.test' } })

    assert.deepEqual(
      [
        asked.headers['access-control-allow-origin'],
        asked.headers['access-control-allow-methods'],
        asked.headers['access-control-allow-headers'],
        asked.headers['access-control-allow-credentials'],
        asked.headers['access-control-max-age'],
      ],
      ['https://x.b.test:8443', 'PUT', 'x-one', 'true', '60'],
    )
    assert.deepEqual(
      [
        read.headers['access-control-allow-origin'],
        read.headers['access-control-allow-credentials'],
        read.headers['access-control-expose-headers'],
        read.headers['vary'],
      ],
      ['https://a.test', 'true', 'x-two', 'origin'],
    )
  })

  test('pages of other origins may neither send nor read', async () => {
    const host = await serve('others', { 'enable-cors': 'true', 'cors-allow-origin': 'https://a.test' })

    const asked = await preflight(host, 'https://evil.test')
    const read = await gateway.ask({ host, headers: { origin: 'https://evil.test' } })

    assert.deepEqual(
      [asked.status, asked.headers['access-control-allow-origin'], asked.headers['vary']],
      [204, undefined, 'origin'],
    )
    assert.deepEqual(
      [read.status, read.headers['access-control-allow-origin'], read.headers['vary']],
      [200, undefined, 'origin'],
    )
  })

  test('cors-allow-credentials: false keeps credentials out', async () => {
    const host = await serve('uncredentialed', {
      'enable-cors': 'true',
      'cors-allow-origin': 'https://a.test',
      'cors-allow-credentials': 'false',
    })

    const { headers } = await preflight(host, 'https://a.test')

    assert.equal(headers['access-control-allow-credentials'], undefined)
  })

  test('pages can read that their address may not come', async () => {
    const host = await apply('denied', { 'enable-cors': 'true', 'denylist-source-range': '127.0.0.0/8' })

    const { headers } = await gateway.askUntil(
      { host, headers: { origin: 'https://a.test' } },
      { is: ({ status }) => status === 403, what: 'the address is refused' },
    )

    assert.equal(headers['access-control-allow-origin'], '*')
  })

  test('an annotation that cannot be read leaves CORS off, with an event', async () => {
    const host = await serve('broken', { 'enable-cors': 'true', 'cors-allow-origin': 'shop.test' })

    const { headers } = await gateway.ask({ host, headers: { origin: 'https://shop.test' } })
    const event = await describedIngress(
      stage.access,
      { namespace: stage.namespace, name: 'broken' },
      'AnnotationInvalid',
    )

    assert.equal(headers['access-control-allow-origin'], undefined)
    assert.match(event, /cors-allow-origin "shop\.test"/)
  })
})
