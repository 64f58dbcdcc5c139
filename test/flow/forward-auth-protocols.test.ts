import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, beforeEach, describe, test } from 'node:test'
import { WebSocket } from 'ws'
import { ask, getRequest } from '../support/ask.ts'
import { issue, makeCa } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import { type Config, startGateway } from '../support/gateway.ts'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import { H2Origin } from '../support/h2-origin.ts'
import { value, values } from '../support/message-reader.ts'
import { answer, Origin } from '../support/origin.ts'
import { until } from '../support/raw-client.ts'
import { tlsOrigin } from '../support/tls-origin.ts'
import { EchoServer, echo, openWebsocket } from '../support/websocket.ts'

const folder = testFolder()
const ca = makeCa()
const caFile = folder.write('ca.pem', ca.pem)
const certificate = issue(ca, { name: 'auth', altNames: ['DNS:auth.test'] })

/** Lets those pass who bring a cookie. */
const doorman = {
  onRequest: (question: { readonly fields: Parameters<typeof values>[0] }) =>
    values(question.fields, 'cookie').length === 0
      ? answer(401, 'who are you?', 'www-authenticate: Cookie\r\n')
      : answer(200, '', 'x-user: ann\r\n'),
}

const auth = await Origin.start(doorman)
const authH2 = await H2Origin.start()
const authTls = await tlsOrigin(certificate, {}, (request, response) => {
  response.writeHead(request.headers.cookie === undefined ? 401 : 204, { 'x-user': 'tls' }).end()
})
const origin = await Origin.start()
const originH2 = await H2Origin.start()
const echoes = await EchoServer.start()

function guarded(path: string, by: string, to = 'origin', more: Config = {}): Config {
  return { path, to, filters: [{ forwardAuth: { to: by, upstreamHeaders: ['x-user'], ...more } }] }
}

const gateway = await startGateway({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [
    guarded('/in', 'auth'),
    guarded('/h2', 'auth-h2'),
    guarded('/tls', 'auth-tls'),
    guarded('/stranger', 'auth-stranger'),
    guarded('/announced', 'auth-announced', 'origin', { timeout: '500ms' }),
    guarded('/ws', 'auth', 'echoes'),
    guarded('/shop.Cart', 'auth', 'grpc'),
  ],
  clusters: {
    auth: { endpoints: [auth.address] },
    'auth-h2': { endpoints: [authH2.address], protocol: 'h2' },
    'auth-tls': { endpoints: [authTls.address], tls: { ca: caFile, serverName: 'auth.test' } },
    'auth-stranger': { endpoints: [authTls.address], tls: { ca: caFile, serverName: 'other.test' } },
    'auth-announced': { endpoints: [auth.address], proxyProtocol: 'v1' },
    origin: { endpoints: [origin.address] },
    grpc: { endpoints: [originH2.address], protocol: 'h2' },
    echoes: { endpoints: [echoes.address] },
  },
})
const port = gateway.port()

describe('forwardAuth between protocols', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    for (const server of [auth, authH2, authTls, origin, originH2, echoes])
      await server[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })
  beforeEach(() => {
    auth.forget()
    origin.forget()
    gateway.outcomes.length = 0
  })

  test('asks for each stream of a client of HTTP/2', async () => {
    using client = await H2Client.connect(port)
    const refused = client.request(pseudo('GET', '/in/a'))
    const admitted = client.request([...pseudo('GET', '/in/b'), ['cookie', 's=1'], ['cookie', 't=2']])

    const [no, yes] = [await client.response(refused), await client.response(admitted)]

    assert.deepEqual(
      [no.status, h2Body(no), values(no.fields, 'www-authenticate')],
      [401, 'who are you?', ['Cookie']],
    )
    assert.deepEqual([yes.status, h2Body(yes)], [200, 'origin'])
    assert.deepEqual(
      origin.requests.map((request) => [request.target, value(request, 'x-user')]),
      [['/in/b', 'ann']],
    )
    const told = auth.requests.map((question) => [
      value(question, 'x-forwarded-uri'),
      value(question, 'cookie'),
    ])
    assert.deepEqual(told, [
      ['/in/a', undefined],
      ['/in/b', 's=1; t=2'],
    ])
  })

  test('ends the question of a stream that its client resets, and no other', async () => {
    using client = await H2Client.connect(port)
    const held = Promise.withResolvers<void>()
    auth.script = { onRequest: () => [held.promise, answer(200, '')] }
    const gone = client.request(pseudo('GET', '/in/gone'))
    await until(() => auth.requests.length === 1, 'the first question has come')
    const stays = client.request(pseudo('GET', '/in/stays'))
    await until(() => auth.requests.length === 2, 'the second question has come')

    client.reset(gone)

    await until(() => auth.requests[0]?.stillOpen() === false, 'the first question is ended')
    held.resolve()
    assert.equal((await client.response(stays)).status, 200)
    auth.script = doorman
  })

  test('asks a server of HTTP/2', async () => {
    authH2.script = {
      onRequest: ({ stream }) => {
        stream.head(200, [['x-user', 'h2']], 'end')
      },
    }

    const got = await ask(port, getRequest('/h2', 'Cookie: s=1\r\n'))

    assert.deepEqual([got.status, value(origin.requests[0] as never, 'x-user')], [200, 'h2'])
    const [question] = authH2.requests
    assert.deepEqual(
      [question?.list.method, values(question?.fields ?? [], 'x-forwarded-uri')],
      ['GET', ['/h2']],
    )
  })

  test('hears a denial of a server of HTTP/2, with its body', async () => {
    authH2.script = {
      onRequest: ({ stream }) => {
        stream.head(403, [['content-type', 'text/x']]).body('not you')
      },
    }

    const got = await ask(port, getRequest('/h2'))

    assert.deepEqual([got.status, got.body, origin.requests.length], [403, 'not you', 0])
  })

  test('asks by TLS, and believes nobody with another name', async () => {
    const admitted = await ask(port, getRequest('/tls', 'Cookie: s=1\r\n'))
    const refused = await ask(port, getRequest('/tls'))
    const stranger = await ask(port, getRequest('/stranger', 'Cookie: s=1\r\n'))

    assert.deepEqual([admitted.status, refused.status, stranger.status], [200, 401, 503])
    assert.deepEqual(
      [gateway.outcomes.at(-1)?.reason, origin.requests.map((request) => value(request, 'x-user'))],
      ['auth_unavailable', ['tls']],
    )
  })

  test('announces itself where the cluster wants a PROXY header, and never the client', async () => {
    const got = await ask(port, getRequest('/announced', 'Cookie: s=1\r\n'))

    // The origin of the tests reads no PROXY header: that one came is all it can say.
    assert.equal(got.status, 503)
    assert.match(
      Buffer.concat(auth.connections.at(-1)?.pieces ?? []).toString('latin1'),
      /^PROXY UNKNOWN\r\nGET \/ /,
    )
  })

  test('lets a websocket pass once it is allowed', async () => {
    const socket = await openWebsocket(port, { headers: { cookie: 's=1' } })

    const back = await echo(socket, 'hello')
    socket.terminate()

    assert.equal(String(back), 'hello')
    const [question] = auth.requests
    assert.deepEqual(
      ['upgrade', 'sec-websocket-key', 'content-length'].map((name) => value(question as never, name)),
      [undefined, undefined, undefined],
    )
  })

  test('refuses a websocket with the status of the answer', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`)
    socket.on('error', () => {})

    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]

    assert.equal(response.statusCode, 401)
    socket.terminate()
  })

  test('tells a gRPC client its code', async () => {
    using client = await H2Client.connect(port)
    const call = [
      ...pseudo('POST', '/shop.Cart/Add'),
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ] as const

    const refused = await client.response(client.request(call, '\0\0\0\0\0'))
    const admitted = await client.response(client.request([...call, ['cookie', 's=1']], '\0\0\0\0\0'))

    // https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md: 401 is UNAUTHENTICATED.
    assert.deepEqual([refused.status, values(refused.fields, 'grpc-status')], [200, ['16']])
    assert.deepEqual([admitted.status, h2Body(admitted)], [200, 'origin'])
  })
})
