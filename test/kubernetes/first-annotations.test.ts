import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { makeCa, serverCertificate } from '../support/certificates.ts'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { describedIngress } from '../support/kubernetes/describe.ts'
import type { Handler } from '../support/kubernetes/echo-pod.ts'
import { eventually } from '../support/kubernetes/eventually.ts'
import { silentAddress } from '../support/kubernetes/network.ts'
import { ingress, serviceObject, slice, tlsSecret } from '../support/kubernetes/objects.ts'

// The annotations of ingress-nginx that are used most, on Ingresses of a real API server. Those for authentication are in
// auth-url.test.ts and basic-auth.test.ts, CORS in cors.test.ts, limits in rate-limits.test.ts.

const prefix = 'nginx.ingress.kubernetes.io/'

interface Wish {
  /** Without prefix. */
  readonly annotations: Readonly<Record<string, string>>
  /** Backends by path; the Service `web` at `/` without. */
  readonly paths?: Readonly<Record<string, string>>
  readonly tls?: 'yes' | 'no'
  /** The host; that of the name without. */
  readonly host?: string
}

describe('the first annotations of ingress-nginx', () => {
  const ca = makeCa()
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    stage = await ClusterStage.open()
    const { namespace, client } = stage
    await stage.deploy({ service: 'web' })
    await stage.deploy({ service: 'canary' })
    await stage.deploy({ service: 'many', replicas: 3 })
    const certificate = serverCertificate(ca, ['*.test'])
    await client.create(tlsSecret({ namespace, name: 'any-tls', certificate }))
    gateway = await stage.startGateway({
      listeners: [
        { name: 'web', address: '127.0.0.1:0', errorDetail: 'on' },
        { name: 'web-tls', address: '127.0.0.1:0', publicPort: 443, tls: {} },
      ],
    })
  })
  after(() => stage[Symbol.asyncDispose]())

  /** Makes an Ingress, and gives its host. */
  async function apply(name: string, wish: Wish): Promise<string> {
    const { namespace, className, client } = stage
    const { annotations, paths = { '/': 'web:80' }, tls = 'no', host = `${name}.test` } = wish
    const full = Object.fromEntries(Object.entries(annotations).map(([key, text]) => [prefix + key, text]))
    const secured = tls === 'yes' ? { tls: { 'any-tls': [host] } } : {}
    const rules = { [host]: paths }
    await client.apply(ingress({ namespace, name, className, annotations: full, rules, ...secured }))
    return host
  }

  /** The same, and waits until its `/`, or another path, is answered by a pod. */
  async function serve(name: string, wish: Wish, path = '/', service = 'web'): Promise<string> {
    const host = await apply(name, wish)
    await gateway.served({ host, path }, service)
    return host
  }

  /** A Service whose pod answers in its own way. */
  async function answering(service: string, handler: Handler): Promise<void> {
    const [pod] = (await stage.deploy({ service })).pods
    assert.ok(pod)
    pod.handler = handler
  }

  test('rewrite-target puts what the path matched into another one', async () => {
    const host = await apply('rewrite', {
      annotations: { 'rewrite-target': '/new/$2' },
      paths: { 'ImplementationSpecific /app(/|$)(.*)': 'web:80' },
    })

    const { echo } = await gateway.served({ host, path: '/app/a/b?c=d' }, 'web')

    assert.equal(echo?.path, '/new/a/b?c=d')
    assert.equal((await gateway.ask({ host, path: '/other' })).status, 404)
  })

  test('use-regex takes paths for expressions that match at the start, whatever the case', async () => {
    const annotations = { 'use-regex': 'true' }
    const paths = { 'ImplementationSpecific /v[0-9]+/x': 'web:80' }
    const host = await serve('regex', { annotations, paths }, '/v12/x')

    const asked = []
    for (const path of ['/V3/X/more', '/v/x', '/a/v1/x'])
      asked.push((await gateway.ask({ host, path })).status)

    assert.deepEqual(asked, [200, 404, 404])
  })

  test('ssl-redirect "false" serves an Ingress with tls without TLS too', async () => {
    const redirected = await apply('ssl', { annotations: {}, tls: 'yes' })
    const served = await serve('ssl-off', { annotations: { 'ssl-redirect': 'false' }, tls: 'yes' })

    const sent = await gateway.askUntil(
      { host: redirected, path: '/a?b=c' },
      { is: ({ status }) => status === 308, what: 'an Ingress with tls redirects' },
    )

    assert.equal(sent.headers.location, `https://${redirected}/a?b=c`)
    assert.equal((await gateway.askSecurely({ host: served })).echo?.service, 'web')
  })

  test('force-ssl-redirect redirects without tls in the Ingress', async () => {
    const host = await apply('forced', { annotations: { 'force-ssl-redirect': 'true' } })

    const { headers } = await gateway.askUntil(
      { host, path: '/a' },
      { is: ({ status }) => status === 308, what: 'the Ingress redirects' },
    )

    assert.equal(headers.location, `https://${host}/a`)
  })

  test('proxy-body-size refuses larger bodies', async () => {
    const host = await serve('body', { annotations: { 'proxy-body-size': '1k' } })
    const statusOf = async (bytes: number) =>
      (await gateway.ask({ host, method: 'POST', body: 'x'.repeat(bytes) })).status

    assert.deepEqual([await statusOf(1024), await statusOf(1025)], [200, 413])
  })

  for (const [protocol, speaks] of [
    ['HTTPS', 'https'],
    ['GRPC', 'h2c'],
  ] as const) {
    test(`backend-protocol "${protocol}" is how the Service is spoken to`, async () => {
      const service = `speaks-${speaks}`
      const certificate = serverCertificate(ca, [`${service}.internal`])
      await stage.deploy({ service, speaks: speaks === 'h2c' ? speaks : { kind: speaks, certificate } })
      const annotations = { 'backend-protocol': protocol, 'proxy-ssl-verify': 'off' }

      const host = await serve(service, { annotations, paths: { '/': `${service}:80` } }, '/', service)

      const { echo } = await gateway.ask({ host })
      assert.equal(echo?.proto, speaks === 'h2c' ? 'HTTP/2.0' : 'HTTP/1.1')
    })
  }

  test('proxy-read-timeout gives up on a Service that does not answer', async () => {
    await answering('silent', () => {})
    const annotations = { 'proxy-read-timeout': '1', 'proxy-next-upstream': 'off' }
    const host = await apply('read-timeout', { annotations, paths: { '/': 'silent:80' } })

    const { headers } = await gateway.askUntil(
      { host },
      { is: ({ status }) => status === 504, what: 'the gateway gives up' },
    )

    assert.equal(headers['x-tidegate-reason'], 'response_timeout')
  })

  test('proxy-send-timeout and proxy-read-timeout limit the time without a byte', async () => {
    await answering('stalling', (_, response) => response.write('begun'))
    const annotations = { 'proxy-send-timeout': '1', 'proxy-read-timeout': '1' }
    const host = await apply('send-timeout', { annotations, paths: { '/': 'stalling:80' } })
    await apply('send-timeout-differs', { annotations: { ...annotations, 'proxy-send-timeout': '2' } })

    const told = await describedIngress(
      stage.access,
      { namespace: stage.namespace, name: 'send-timeout-differs' },
      'AnnotationDiffers',
    )

    assert.match(told, /one limit here: 2 seconds/)
    await eventually(async () => {
      const left = await gateway.ask({ host }).catch((error: NodeJS.ErrnoException) => error.code)
      // Before the Ingress is there, the answer is 404, and whole.
      return left === 'ECONNRESET' || undefined
    }, 'the response is broken off')
  })

  test('proxy-connect-timeout gives up on an address that does not answer', async () => {
    const { namespace, client } = stage
    await client.create(serviceObject({ namespace, name: 'gone', ports: { http: 80 } }))
    await client.create(
      slice({ namespace, service: 'gone', ports: { http: 80 }, endpoints: [silentAddress] }),
    )
    const annotations = { 'proxy-connect-timeout': '1', 'proxy-next-upstream': 'off' }
    const host = await apply('connect-timeout', { annotations, paths: { '/': 'gone:80' } })

    const { headers } = await gateway.askUntil(
      { host },
      { is: ({ status }) => status === 504, what: 'the gateway gives up' },
    )

    assert.equal(headers['x-tidegate-reason'], 'connect_timeout')
  })

  test('whitelist-source-range keeps others out', async () => {
    const inside = await serve('inside', {
      annotations: { 'whitelist-source-range': '127.0.0.0/8,10.0.0.0/8' },
    })
    const outside = await apply('outside', { annotations: { 'whitelist-source-range': '192.0.2.0/24' } })

    const { headers } = await gateway.askUntil(
      { host: outside },
      { is: ({ status }) => status === 403, what: 'the client is refused' },
    )

    assert.equal(headers['x-tidegate-reason'], 'client_refused')
    assert.equal((await gateway.ask({ host: inside })).status, 200)
  })

  test('affinity and session-cookie-name keep a client on its pod', async () => {
    const annotations = { affinity: 'cookie', 'session-cookie-name': 'shop' }
    const host = await serve('affinity', { annotations, paths: { '/': 'many:80' } }, '/', 'many')

    const first = await gateway.ask({ host })
    const [line = ''] = first.headers['set-cookie'] ?? []
    const [cookie = ''] = line.split(';')
    const pods = new Set<string | undefined>()
    for (let i = 0; i < 12; i++) pods.add((await gateway.ask({ host, headers: { cookie } })).echo?.pod)

    assert.match(cookie, /^shop=./)
    assert.deepEqual([...pods], [first.echo?.pod])
  })

  test('proxy-buffer-size is told where response heads may be larger than ours', async () => {
    await answering('long', (_, response) => response.writeHead(200, longHead).end('long'))
    const paths = { '/': 'long:80' }
    const host = await apply('buffer', { annotations: { 'proxy-buffer-size': '16k' }, paths })
    await apply('buffer-large', { annotations: { 'proxy-buffer-size': '64k' }, paths })

    const key = { namespace: stage.namespace, name: 'buffer-large' }
    const told = await describedIngress(stage.access, key, 'AnnotationUnsupported')
    const { text } = await gateway.askUntil(
      { host },
      { is: ({ status }) => status === 200, what: 'a head of 14 KB passes' },
    )

    assert.equal(text, 'long')
    assert.match(told, /proxy-buffer-size is not obeyed/)
  })

  test('configuration-snippet is refused, with filters to write instead, and the route stays', async () => {
    const annotations = { 'configuration-snippet': 'more_set_headers "X-Frame-Options: DENY";' }
    const host = await serve('snippet', { annotations })

    const key = { namespace: stage.namespace, name: 'snippet' }
    const told = await describedIngress(stage.access, key, 'AnnotationRefused')

    assert.match(
      told,
      /tidegate\.dev\/filters: '\[\{"responseHeaders":\{"set":\{"X-Frame-Options":"DENY"\}\}\}\]'/,
    )
    assert.equal((await gateway.ask({ host })).status, 200)
  })

  for (const [weight, expected] of [
    ['100', 'canary'],
    ['0', 'web'],
  ] as const) {
    test(`canary-weight "${weight}" sends requests to ${expected}`, async () => {
      const host = await serve(`weight-${weight}`, { annotations: {} })
      const annotations = { canary: 'true', 'canary-weight': weight, 'canary-by-header': 'x-ready' }
      await apply(`weight-${weight}-canary`, { annotations, paths: { '/': 'canary:80' }, host })
      // The header tells when the canary is there.
      await gateway.served({ host, headers: { 'x-ready': 'always' } }, 'canary')

      const services = new Set<string | undefined>()
      for (let i = 0; i < 10; i++) services.add((await gateway.ask({ host })).echo?.service)

      assert.deepEqual([...services], [expected])
    })
  }

  test('canary-by-header decides with "always" and "never", and canary-by-header-value with its value', async () => {
    const [worded, valued] = [
      await serve('by-header', { annotations: {} }),
      await serve('by-value', { annotations: {} }),
    ]
    const words = { canary: 'true', 'canary-by-header': 'x-canary', 'canary-weight': '100' }
    const values = { canary: 'true', 'canary-by-header': 'x-canary', 'canary-by-header-value': 'beta' }
    const paths = { '/': 'canary:80' }
    await apply('by-header-canary', { annotations: words, paths, host: worded })
    await apply('by-value-canary', { annotations: values, paths, host: valued })
    await gateway.served({ host: worded, headers: { 'x-canary': 'always' } }, 'canary')
    await gateway.served({ host: valued, headers: { 'x-canary': 'beta' } }, 'canary')
    const serviceFor = async (host: string, value: string) =>
      (await gateway.ask({ host, headers: { 'x-canary': value } })).echo?.service

    assert.deepEqual(
      [
        await serviceFor(worded, 'never'),
        await serviceFor(worded, 'other'),
        await serviceFor(valued, 'other'),
        await serviceFor(valued, 'always'),
      ],
      ['web', 'canary', 'web', 'web'],
    )
  })
})

const longHead = Object.fromEntries([1, 2].map((n) => [`x-long-${n}`, 'x'.repeat(7_000)]))
