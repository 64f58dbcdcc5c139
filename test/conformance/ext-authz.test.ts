import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { AuthzServer, type Verdict } from '../support/authz-server.ts'
import { EnvoyWithAuthz } from '../support/envoy-authz.ts'
import { value, values } from '../support/message-reader.ts'
import { plainGateway } from '../support/plain-gateway.ts'

const authz = await AuthzServer.start()
const p = await plainGateway({
  route: { filters: [{ extAuthz: { to: 'authz' } }] },
  routes: [
    {
      path: '/body',
      to: 'origin',
      filters: [{ extAuthz: { to: 'authz', body: { max: '10B', onLarger: 'part' } } }],
    },
  ],
  clusters: {
    authz: { endpoints: [authz.address], protocol: 'h2', outlier: { consecutiveFailures: 'none' } },
  },
})
const { origin } = p
const envoy = await EnvoyWithAuthz.start(authz.port, Number(origin.address.split(':')[1]))

/** What a proxy makes of a request: what the client gets, what goes upstream, what the server is told. */
async function observed(port: number, request: string, verdict: Verdict) {
  authz.forget()
  origin.forget()
  authz.verdict = () => verdict
  const { status, body, message } = await ask(port, request)
  const [upstream] = origin.requests
  const [check] = authz.seen
  const told = check && {
    method: check.http.method,
    path: check.http.path,
    host: check.http.host,
    scheme: check.http.scheme,
    protocol: check.http.protocol,
    body: check.http.body,
    headers: own(check.http.headers),
    source: check.source.address,
    destination: check.destination.address,
  }
  return {
    status,
    cookies: values(message.fields, 'set-cookie'),
    location: value(message, 'location'),
    type: upstream === undefined ? undefined : value(message, 'x-type'),
    body: upstream === undefined && body.startsWith('own:') ? body : '',
    target: upstream?.target,
    upstream: upstream && own(lists(upstream.fields)),
    told,
  }
}

function lists(fields: Parameters<typeof values>[0]): Record<string, string> {
  const names = new Set(fields.map(([name]) => name.toLowerCase()))
  return Object.fromEntries([...names].map((name) => [name, values(fields, name).join(',')]))
}

/** Without what each proxy says of itself. */
function own(headers: Readonly<Record<string, string>>): object {
  const others = Object.entries(headers).filter(([name]) => !said.test(name))
  return Object.fromEntries(others.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const said = /^(?:x-forwarded-.*|x-request-id|via|connection|content-length|x-envoy-(?!auth).*)$/

const set = (key: string, text: string, how: object = {}) => ({ header: { key, value: text }, ...how })
const yes = { append: { value: true } }
const no = { append: { value: false } }
const lines = 'X-A: client\r\nX-B: client\r\nX-C: client\r\nCookie: s=1\r\nX-Two: 1\r\nX-Two: 2\r\n'

const cases: Readonly<Record<string, readonly [request: string, verdict: Verdict]>> = {
  'an empty answer': [getRequest('/a%20b/?c=d&e', lines), {}],
  'a status of OK': [getRequest('/', lines), { status: { code: 0 }, ok_response: {} }],
  'a HEAD': ['HEAD /x HTTP/1.1\r\nHost: b.test:80\r\n\r\n', {}],
  'a POST': [postRequest('/x', 'hello', 'Content-Type: text/x\r\n'), {}],
  'headers that replace': [
    getRequest('/', lines),
    {
      ok_response: {
        headers: [set('x-a', '1', no), set('X-New', '2', no), set('x-b', '3', { append_action: 2 })],
      },
    },
  ],
  'headers that are appended': [getRequest('/', lines), { ok_response: { headers: [set('x-a', '1', yes)] } }],
  'headers that are removed': [
    getRequest('/', lines),
    { ok_response: { headers: [set('x-c', '1', no)], headers_to_remove: ['X-A', 'x-c', 'host', ':path'] } },
  ],
  'a new header without an option': [getRequest('/'), { ok_response: { headers: [set('x-new', '1')] } }],
  'headers of the response': [
    getRequest('/'),
    {
      ok_response: {
        response_headers_to_add: [set('set-cookie', 'a=1'), set('set-cookie', 'b=2'), set('x-type', 't', no)],
      },
    },
  ],
  'a parameter that is removed': [
    getRequest('/?a=1&b=2&a=3'),
    { ok_response: { query_parameters_to_remove: ['a'] } },
  ],
  'a parameter that is set': [
    getRequest('/?b=2'),
    { ok_response: { query_parameters_to_set: [{ key: 'b', value: '3' }] } },
  ],
  'a denial without more': [getRequest('/'), { status: { code: 7 } }],
  'a denial with an ok_response': [getRequest('/'), { status: { code: 7 }, ok_response: {} }],
  'a denial of its own': [
    getRequest('/'),
    {
      status: { code: 16 },
      denied_response: {
        status: { code: 401 },
        headers: [set('set-cookie', 'a=1'), set('set-cookie', 'b=2'), set('location', '/login')],
        body: 'own: no',
      },
    },
  ],
  'a redirect': [
    getRequest('/'),
    { status: { code: 7 }, denied_response: { status: { code: 302 }, headers: [set('Location', '/login')] } },
  ],
  'an error of gRPC': [getRequest('/'), { code: 13 }],
  'an error_response': [getRequest('/'), { status: { code: 7 }, error_response: {} }],
  'no message': [getRequest('/'), Buffer.from('nonsense')],
}

after(async () => {
  await envoy[Symbol.asyncDispose]()
  await p[Symbol.asyncDispose]()
  await authz[Symbol.asyncDispose]()
})

describe('extAuthz does as Envoy does', () => {
  for (const [what, [request, verdict]] of Object.entries(cases)) {
    test(`for ${what}`, async () => {
      const theirs = await observed(envoy.port, request, verdict)
      const ours = await observed(p.port, request, verdict)

      assert.deepEqual(ours, theirs)
    })
  }

  for (const body of ['hello', '0123456789', '0123456789abc']) {
    test(`for a body of ${body.length} bytes`, async () => {
      const theirs = await observed(envoy.bodyPort, postRequest('/body', body), {})
      const ours = await observed(p.port, postRequest('/body', body), {})

      assert.deepEqual(ours, theirs)
    })
  }
})

/** What goes upstream under these names, of us and of Envoy. */
const differences: Readonly<Record<string, readonly [verdict: object, ours: object, theirs: object]>> = {
  // Envoy's definitions have `append_action`, and its filter went by `append` alone until 1.40.
  'append_action, which it does not look at': [
    {
      headers: [
        set('x-a', '1', { append_action: 1 }),
        set('x-new', '2', { append_action: 1 }),
        set('x-b', '3', { append_action: 3 }),
        set('x-newer', '4', { append_action: 3 }),
      ],
    },
    { 'x-a': 'client', 'x-b': '3', 'x-new': '2' },
    { 'x-a': '1', 'x-b': '3', 'x-new': '2', 'x-newer': '4' },
  ],
  'one name twice, of which it takes the last': [
    { headers: [set('x-a', '1'), set('x-a', '2')] },
    { 'x-a': '1,2', 'x-b': 'client' },
    { 'x-a': '2', 'x-b': 'client' },
  ],
  'where a request comes from, which a server may not say here': [
    { headers: [set('x-real-ip', 'said')] },
    { 'x-a': 'client', 'x-b': 'client' },
    { 'x-a': 'client', 'x-b': 'client', 'x-real-ip': 'said' },
  ],
  'an appended header that the client did not send, which it leaves out': [
    { headers: [set('x-new', '1', yes)] },
    { 'x-a': 'client', 'x-b': 'client', 'x-new': '1' },
    { 'x-a': 'client', 'x-b': 'client' },
  ],
}

describe('extAuthz differs from Envoy', () => {
  for (const [what, [okResponse, ours, theirs]] of Object.entries(differences)) {
    test(`in ${what}`, async () => {
      const seen = async (port: number) => {
        origin.forget()
        authz.verdict = () => ({ ok_response: okResponse })
        await ask(port, getRequest('/', 'X-A: client\r\nX-B: client\r\n'))
        const fields = Object.entries(lists(origin.requests[0]?.fields ?? []))
        return Object.fromEntries(fields.filter(([name]) => asked.test(name)))
      }

      assert.deepEqual([await seen(p.port), await seen(envoy.port)], [ours, theirs])
    })
  }

  test('in a denial with the status OK, which it takes for a yes', async () => {
    const verdict = { denied_response: { status: { code: 403 } } }
    const theirs = await observed(envoy.port, getRequest('/'), verdict)
    const ours = await observed(p.port, getRequest('/'), verdict)

    assert.deepEqual([ours.status, theirs.status], [503, 200])
  })
})

const asked = /^x-(?:a|b|new|newer|real-ip)$/
