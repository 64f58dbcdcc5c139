import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { testFolder } from '../support/folder.ts'
import type { Config } from '../support/gateway.ts'
import { claimsAt, issuerKey, jwkSetOf, secretToken, tokenOf } from '../support/jwt.ts'
import { type JwtIssuer, jwtIssuer, keys } from '../support/jwt-issuer.ts'
import { value } from '../support/message-reader.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, until } from '../support/raw-client.ts'

const old = issuerKey('ES256', 'old')
const next = issuerKey('RS256', 'next')
const oldToken = tokenOf(old, claimsAt(Date.now()))
const nextToken = tokenOf(next, claimsAt(Date.now()))

/** A route whose keys come from an issuer; `parts` of `jwks`. */
function guarded(issuer: JwtIssuer, parts: Config = {}): Config {
  const jwks = { url: issuer.url, ca: issuer.ca, unknownKey: '1ms', ...parts }
  const jwt = { issuer: 'https://issuer.test', audience: 'shop', jwks, forward: { 'x-user': 'sub' } }
  return { path: '/guarded', filters: [{ jwt }], to: 'origin' }
}

async function stage(parts: Config = {}) {
  const issuer = await jwtIssuer(jwkSetOf(old))
  const gateway = await plainGateway({ routes: [guarded(issuer, parts)] })
  return {
    issuer,
    ...gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await issuer[Symbol.asyncDispose]()
    },
  }
}

function get(token: string, more = ''): string {
  return getRequest('/guarded', `Authorization: Bearer ${token}\r\n${more}`)
}

describe('jwt with keys of an issuer', () => {
  test('lets a good token pass, and tells the upstream who asks', async () => {
    await using s = await stage()

    const { status } = await ask(s.port, get(oldToken, 'X-User: root\r\n'))

    const [request] = s.origin.requests
    assert.deepEqual([status, request && value(request, 'x-user')], [200, 'ann'])
    assert.equal(s.issuer.server.requests.length, 1)
  })

  test('answers 401 with a challenge to a request without a token', async () => {
    await using s = await stage()

    const { status, message } = await ask(s.port, getRequest('/guarded'))

    assert.deepEqual([status, value(message, 'www-authenticate')], [401, 'Bearer'])
    assert.deepEqual([s.origin.requests.length, (await s.gateway.outcome()).reason], [0, 'unauthorized'])
  })

  test('follows the issuer to new keys as soon as a token names one, and takes the old ones no more', async () => {
    await using s = await stage()
    await ask(s.port, get(oldToken))
    s.issuer.answer = keys(jwkSetOf(next))

    const rotated = await ask(s.port, get(nextToken))
    const outdated = await ask(s.port, get(oldToken))

    assert.deepEqual([rotated.status, outdated.status], [200, 401])
  })

  test('asks once for a flood of unknown keys', async () => {
    await using s = await stage({ unknownKey: '1h' })
    await ask(s.port, get(oldToken))

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const token = tokenOf(old, claimsAt(Date.now()), { alg: 'ES256', kid: `../../${i}` })
        return ask(s.port, get(token))
      }),
    )

    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [401])
    assert.equal(s.issuer.server.requests.length, 1)
  })

  test('goes on with the last keys while the issuer is away, and says so once', async () => {
    await using s = await stage({ refresh: '10ms' })
    await ask(s.port, get(oldToken))
    s.issuer.answer = (response) => response.destroy()

    await until(() => s.gateway.keyEvents.some(({ to }) => to === 'stale'), 'the keys are stale')
    const { status } = await ask(s.port, get(tokenOf(old, claimsAt(Date.now(), { jti: '1' }))))

    assert.equal(status, 200)
    assert.deepEqual(s.gateway.keyEvents.map(({ from, to }) => `${from} ${to}`).slice(0, 2), [
      'pending fresh',
      'fresh stale',
    ])
  })

  test('answers 503 once the last keys are too old', async () => {
    await using s = await stage({ refresh: '10ms', stale: '1ms' })
    await ask(s.port, get(oldToken))
    s.issuer.answer = (response) => response.writeHead(500).end()

    await until(() => s.gateway.keyEvents.at(-1)?.to === 'gone', 'the keys are gone')
    const { status } = await ask(s.port, get(oldToken))

    assert.deepEqual([status, s.gateway.outcomes.at(-1)?.reason], [503, 'auth_unavailable'])
  })

  test('makes no other route wait for a slow issuer', async () => {
    await using s = await stage()
    let release = (): void => {}
    s.issuer.answer = (response) => {
      release = () => keys(jwkSetOf(old))(response)
    }
    const waiting = ask(s.port, get(oldToken))

    const other = await ask(s.port, getRequest('/'))
    await until(() => s.issuer.server.requests.length === 1, 'the issuer is asked')
    release()

    assert.deepEqual([other.status, (await waiting).status], [200, 200])
  })

  test('answers 503 when the issuer does not answer in time', async () => {
    await using s = await stage({ timeout: '50ms' })
    s.issuer.answer = (response) => response.writeHead(200).write('{"keys":')

    const { status } = await ask(s.port, get(oldToken))

    assert.equal(status, 503)
    assert.match(s.gateway.keyEvents[0]?.cause ?? '', /no complete answer within 50 ms/)
  })

  for (const [what, answer, cause] of [
    ['garbage', keys('<html>'), /is not JSON/],
    ['a set without keys', keys('{"keys":[]}'), /has no key/],
    ['another status', (response) => response.writeHead(404).end(jwkSetOf(old)), /answer is 404/],
    ['more than 256 KiB', keys(jwkSetOf(old) + ' '.repeat(300_000)), /larger than 262144 bytes/],
    ['a shared secret', keys('{"keys":[{"kty":"oct","k":"AAAA"}]}'), /shared secret/],
    [
      'a change of the protocol',
      ({ socket }) => socket?.end('HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      /changed its protocol/,
    ],
    ['what is compressed', keys(jwkSetOf(old), { 'content-encoding': 'gzip' }), /is encoded/],
  ] as const satisfies readonly (readonly [string, JwtIssuer['answer'], RegExp])[]) {
    test(`answers 503 when the issuer answers with ${what}, and recovers`, async () => {
      await using s = await stage({ refresh: '20ms' })
      s.issuer.answer = answer

      const refused = await ask(s.port, get(oldToken))
      s.issuer.answer = keys(jwkSetOf(old))
      await until(() => s.gateway.keyEvents.at(-1)?.to === 'fresh', 'the keys have come')
      const taken = await ask(s.port, get(oldToken))

      assert.deepEqual([refused.status, taken.status], [503, 200])
      assert.match(s.gateway.keyEvents[0]?.cause ?? '', cause)
    })
  }

  test('follows no redirect', async () => {
    await using s = await stage()
    await using elsewhere = await jwtIssuer(jwkSetOf(old))
    s.issuer.answer = (response) => response.writeHead(302, { location: elsewhere.url }).end()

    const { status } = await ask(s.port, get(oldToken))

    assert.deepEqual([status, elsewhere.server.requests.length], [503, 0])
    assert.match(s.gateway.keyEvents[0]?.cause ?? '', /is a redirect \(302\)/)
  })

  test('takes no keys from a server whose certificate is of another authority', async () => {
    await using issuer = await jwtIssuer(jwkSetOf(old))
    await using s = await plainGateway({ routes: [guarded(issuer, { ca: issuer.otherCa })] })

    const { status } = await ask(s.port, get(oldToken))

    assert.deepEqual([status, issuer.server.requests.length], [503, 0])
  })

  test('asks once for two hundred routes, and not again when the configuration is loaded anew', async () => {
    await using issuer = await jwtIssuer(jwkSetOf(old))
    const routes = Array.from({ length: 200 }, (_, i) => ({ ...guarded(issuer), path: `/r${i}` }))
    await using s = await plainGateway({ routes })
    const request = (i: number) => getRequest(`/r${i}`, `Authorization: Bearer ${oldToken}\r\n`)
    await ask(s.port, request(0))

    await s.gateway.install({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [...routes, { path: '/more', filters: [{ respond: { status: 200 } }] }],
      clusters: { origin: { endpoints: [s.origin.address] } },
    })

    assert.equal((await ask(s.port, request(199))).status, 200)
    assert.equal(issuer.server.requests.length, 1)
  })

  test('forgets a client that leaves while it waits for keys', async () => {
    await using s = await stage()
    let release = (): void => {}
    s.issuer.answer = (response) => {
      release = () => keys(jwkSetOf(old))(response)
    }
    const client = await RawClient.connect(s.port)
    client.send(get(oldToken))
    await until(() => s.issuer.server.requests.length === 1, 'the issuer is asked')

    client.reset()
    const { reason } = await s.gateway.outcome()
    release()
    await until(() => s.gateway.keyEvents.length === 1, 'the keys have come')

    assert.deepEqual([reason, s.origin.requests.length], ['client_closed', 0])
  })
})

describe('jwt with keys of files', () => {
  test('takes tokens of a JWK set and of a secret, each only its own', async () => {
    using folder = testFolder()
    const secret = 'a secret of more than 32 bytes, in a file'
    const common = { issuer: 'https://issuer.test', audience: 'shop' }
    await using s = await plainGateway({
      routes: [
        {
          path: '/set',
          filters: [{ jwt: { ...common, jwks: { file: folder.write('set.json', jwkSetOf(old)) } } }],
          to: 'origin',
        },
        {
          path: '/secret',
          filters: [{ jwt: { ...common, secret: folder.write('secret', `${secret}\n`) } }],
          to: 'origin',
        },
      ],
    })
    const shared = secretToken(secret, claimsAt(Date.now()))

    const statuses: number[] = []
    for (const path of ['/set', '/secret'])
      for (const token of [oldToken, shared])
        statuses.push((await ask(s.port, getRequest(path, `Authorization: Bearer ${token}\r\n`))).status)

    assert.deepEqual(statuses, [200, 401, 401, 200])
  })
})
