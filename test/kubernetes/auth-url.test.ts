import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answer } from '../support/kubernetes/ask-gateway.ts'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { describedIngress } from '../support/kubernetes/describe.ts'
import { ingress } from '../support/kubernetes/objects.ts'
import type { EchoDeployment } from '../support/kubernetes/pods.ts'
import { until } from '../support/raw-client.ts'

const prefix = 'nginx.ingress.kubernetes.io/'

describe('authentication by annotations of ingress-nginx', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster
  let auth: EchoDeployment
  /** Headers of the questions, in the order they came. */
  const questions: Readonly<Record<string, string | readonly string[] | undefined>>[] = []

  let cookies: 'set' | 'none' = 'set'

  before(async () => {
    stage = await ClusterStage.open()
    await stage.deploy({ service: 'web' })
    auth = await stage.deploy({ service: 'auth', ports: { http: { port: 4180, targetPort: 3000 } } })
    guard(auth)
    gateway = await stage.startGateway({
      listeners: [{ name: 'web', address: '127.0.0.1:0', errorDetail: 'on' }],
    })
  })
  after(() => stage[Symbol.asyncDispose]())

  /** Lets those in who bring the cookie `session`; who brings another is forbidden. */
  function guard({ pods }: EchoDeployment): void {
    for (const pod of pods) {
      pod.handler = (request, response) => {
        questions.push({ ...request.headers, ':method': request.method, ':path': request.url })
        const { cookie = '' } = request.headers
        if (cookie.includes('session=')) {
          response.writeHead(202, {
            'x-user': 'ann',
            'x-inner': 'no',
            ...(cookies === 'set' && { 'set-cookie': 'refreshed=1' }),
          })
        } else {
          response.writeHead(cookie === '' ? 401 : 403, {
            'www-authenticate': 'Cookie',
            ...(cookies === 'set' && { 'set-cookie': 'csrf=1' }),
          })
        }
        response.end('the answer of the server that is asked')
      }
    }
  }

  function url(namespace = stage.namespace, name = 'auth'): string {
    return `http://${name}.${namespace}.svc.cluster.local:4180/oauth2/auth`
  }

  /** Makes an Ingress for a host of its name, and waits until it is in force. */
  async function apply(
    name: string,
    annotations: Readonly<Record<string, string>>,
    is: (answer: Answer) => boolean = ({ status }) => status !== 404,
  ): Promise<string> {
    const { namespace, className, client } = stage
    const full = Object.fromEntries(Object.entries(annotations).map(([key, text]) => [prefix + key, text]))
    const host = `${name}.test`
    const rules = { [host]: { '/': 'web:80' } }
    await client.apply(ingress({ namespace, name, className, annotations: full, rules }))
    await gateway.askUntil({ host }, { is, what: `the Ingress ${name} is in force` })
    questions.length = 0
    return host
  }

  function described(name: string, reason: string): Promise<string> {
    return describedIngress(stage.access, { name, namespace: stage.namespace }, reason)
  }

  function ask(host: string, headers: Readonly<Record<string, string>> = {}, path = '/a/b?c=d') {
    return gateway.ask({ host, path, headers })
  }

  test('auth-url lets those in whom the Service lets in, and nobody else', async () => {
    const host = await apply('url', { 'auth-url': url() })

    const stranger = await ask(host)
    const forbidden = await ask(host, { cookie: 'other=1' })
    const known = await ask(host, { cookie: 'session=1' })

    assert.deepEqual([stranger.status, forbidden.status, known.status], [401, 403, 200])
    assert.deepEqual([known.echo?.service, known.echo?.path], ['web', '/a/b?c=d'])
    assert.deepEqual(
      [stranger.headers['www-authenticate'], stranger.headers['set-cookie'], known.headers['set-cookie']],
      ['Cookie', ['csrf=1'], ['refreshed=1']],
    )
    assert.doesNotMatch(stranger.text, /server that is asked/)
  })

  test('auth-url tells the Service what it is asked about', async () => {
    const host = await apply('tells', { 'auth-url': url(), 'auth-method': 'HEAD' })

    await ask(host, { cookie: 'session=1', 'x-original-url': 'http://evil.test/', 'x-api-key': 'k' })

    const [question] = questions
    assert.deepEqual([question?.[':method'], question?.[':path']], ['HEAD', '/oauth2/auth'])
    assert.deepEqual(
      [question?.['x-original-url'], question?.['x-original-method'], question?.['x-auth-request-redirect']],
      [`http://${host}/a/b?c=d`, 'GET', '/a/b?c=d'],
    )
    assert.deepEqual(
      [question?.['host'], question?.['x-api-key'], question?.['cookie']],
      [`auth.${stage.namespace}.svc.cluster.local:4180`, 'k', 'session=1'],
    )
  })

  test('auth-response-headers go upstream, and never those of the client', async () => {
    const host = await apply('headers', { 'auth-url': url(), 'auth-response-headers': 'X-User, X-Groups' })

    const { echo } = await ask(host, { cookie: 'session=1', 'X-User': 'root', 'x-groups': 'wheel' })

    assert.deepEqual(
      ['x-user', 'x-groups', 'x-inner'].map((name) => echo?.headers[name]),
      [['ann'], undefined, undefined],
    )
  })

  test('auth-signin sends strangers to sign in, and those who are forbidden nowhere', async () => {
    const host = await apply('signin', {
      'auth-url': url(),
      'auth-signin': 'https://$host/oauth2/start',
      'auth-signin-redirect-param': 'next',
    })

    const stranger = await ask(host)
    const forbidden = await ask(host, { cookie: 'other=1' })

    const wanted = encodeURIComponent(`http://${host}/a/b?c=d`)
    assert.deepEqual(
      [stranger.status, stranger.headers.location],
      [302, `https://${host}/oauth2/start?next=${wanted}`],
    )
    assert.deepEqual([forbidden.status, forbidden.headers.location], [403, undefined])
  })

  test('auth-cache-key and auth-cache-duration remember who was let in, and who was not', async () => {
    const host = await apply('cached', {
      'auth-url': url(),
      'auth-response-headers': 'x-user',
      'auth-cache-key': '$cookie_session$http_x_other',
      'auth-cache-duration': '202 403 10m',
    })
    const known = { cookie: 'session=1', 'x-other': '1' }
    const forbidden = { cookie: 'stale=1', 'x-other': '1' }
    // Cookies of an answer are for one client alone: such an answer is asked for each time.
    cookies = 'none'

    const answers = []
    for (const headers of [known, known, { ...known, 'x-other': '2' }, forbidden, forbidden])
      answers.push(await ask(host, headers))

    assert.deepEqual(
      answers.map(({ status, echo }) => [status, echo?.headers['x-user']?.toString()]),
      [...Array.from({ length: 3 }, () => [200, 'ann']), [403, undefined], [403, undefined]],
    )
    // Without the cookie of the key nothing is remembered.
    assert.equal(questions.length, 4)
    cookies = 'set'
  })

  test('auth-cache-key that cannot be obeyed is told, and each request is asked about', async () => {
    const host = await apply('uncached', { 'auth-url': url(), 'auth-cache-key': '$arg_token' })
    cookies = 'none'

    for (let i = 0; i < 2; i++) assert.equal((await ask(host, { cookie: 'session=1' })).status, 200)

    assert.equal(questions.length, 2)
    assert.match(
      await described('uncached', 'AnnotationInvalid'),
      /auth-cache-key .*no verdict is remembered/,
    )
    cookies = 'set'
  })

  test('a Service that does not answer, or is not there, lets nobody in', async () => {
    const missing = await apply('missing', { 'auth-url': url(stage.namespace, 'none') })

    const answer = await ask(missing, { cookie: 'session=1' })

    assert.equal(answer.status, 503)
    assert.equal(answer.headers['x-tidegate-reason'], 'auth_unavailable')
    assert.match(await described('missing', 'ServiceNotFound'), /service "[^"]*none" does not exist/)
  })

  test('the endpoints of the Service are followed', async () => {
    const host = await apply('follows', { 'auth-url': url() })
    await auth.scale(2)
    guard(auth)
    const before = auth.pods.map(({ requests }) => requests)

    await gateway.askUntil(
      { host, headers: { cookie: 'session=1' } },
      { is: () => (auth.pods[1]?.requests ?? 0) > (before[1] ?? 0), what: 'the second pod is asked' },
    )
  })

  test('a Service of another namespace is asked only if the operator allows it', async () => {
    const other = await stage.addNamespace()
    const service = await stage.deploy({
      namespace: other,
      service: 'auth',
      ports: { http: { port: 4180, targetPort: 3000 } },
    })
    guard(service)
    await using allowing = await stage.startGateway({
      settings: { externalNames: [`auth.${other}.svc.cluster.local`] },
    })
    await using refusing = await stage.startGateway()
    const { namespace, className, client } = stage
    await client.apply(
      ingress({
        namespace,
        name: 'foreign',
        className,
        annotations: { [`${prefix}auth-url`]: url(other) },
        rules: { 'foreign.test': { '/': 'web:80' } },
      }),
    )
    const question = { host: 'foreign.test', headers: { cookie: 'session=1' } }

    await allowing.served(question, 'web')
    const refused = await refusing.askUntil(question, {
      is: ({ status }) => status !== 404,
      what: 'the Ingress is in force',
    })

    assert.equal(refused.status, 503)
    assert.equal(service.pods[0]?.requests, 1)
  })

  test('what cannot be obeyed closes the routes', async () => {
    const closed = ({ status }: Answer) => status === 503
    for (const [name, annotations] of [
      ['variable', { 'auth-url': 'https://$host/oauth2/auth' }],
      ['outside', { 'auth-url': 'https://login.example.com/verify' }],
      ['address', { 'auth-url': 'http://10.0.0.1/verify' }],
      ['alone', { 'auth-signin': 'https://login.example.com/' }],
      ['odd', { 'auth-url': url(), 'auth-response-headers': 'content-length' }],
    ] as const) {
      const host = await apply(name, annotations, closed)

      assert.equal((await ask(host, { cookie: 'session=1' })).status, 503, name)
    }
    assert.match(await described('variable', 'AnnotationInvalid'), /holds a variable of nginx/)
    assert.match(await described('outside', 'ExternalNameRefused'), /"login\.example\.com" may not be asked/)
    await until(() => questions.length === 0, 'nobody was asked')
  })
})
