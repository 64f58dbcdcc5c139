import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Answered, ask, getRequest } from '../support/ask.ts'
import { testFolder } from '../support/folder.ts'
import { value } from '../support/message-reader.ts'
import { type PlainGateway, plainGateway } from '../support/plain-gateway.ts'

const key = 'k-4f9d0c6a51'
const other = 'schlüssel-ü'

/** What `printf %s KEY | sha256sum` prints, with an id for its `-`. */
function line(secret: string, id: string): string {
  return `${createHash('sha256').update(secret).digest('hex')}  ${id}`
}

const keys = [line(key, 'shop'), line(other, 'kasse-ü')]

function route(path: string, parts: object = {}) {
  return { path, filters: [{ apiKey: { keys, ...parts } }], to: 'origin' }
}

describe('keys of clients', () => {
  let p: PlainGateway
  before(async () => {
    p = await plainGateway({
      routes: [
        route('/header'),
        route('/bearer', { from: { bearer: 'on' } }),
        route('/query', { from: { query: 'api_key' } }),
        route('/told', { idHeader: 'x-auth-client', key: 'keep' }),
      ],
    })
  })
  after(() => p[Symbol.asyncDispose]())

  async function get(target: string, fields = ''): Promise<Answered> {
    p.origin.forget()
    return ask(p.port, getRequest(target, fields))
  }

  test('pass in the header of the route, which goes no further', async () => {
    assert.equal((await get('/header', `X-API-Key: ${key}\r\n`)).status, 200)
    assert.equal(value(p.origin.requests[0]!, 'x-api-key'), undefined)
  })

  test('pass as bearer tokens, whatever the case of the scheme', async () => {
    assert.equal((await get('/bearer', `Authorization: bearer ${key}\r\n`)).status, 200)
    assert.equal(value(p.origin.requests[0]!, 'authorization'), undefined)
  })

  test('pass in the query, which goes on as it came', async () => {
    assert.equal((await get(`/query?a=1&api_key=${key}`)).status, 200)
    assert.equal(p.origin.requests[0]!.target, `/query?a=1&api_key=${key}`)
  })

  test('are bytes: UTF-8 in a header, and encoded in a query', async () => {
    const bytes = Buffer.from(other).toString('latin1')

    assert.equal((await get('/header', `X-API-Key: ${bytes}\r\n`)).status, 200)
    assert.equal((await get(`/query?api_key=${encodeURIComponent(other)}`)).status, 200)
  })

  test('tell the upstream their id, and nothing that the client said of that', async () => {
    await get('/told', `X-API-Key: ${key}\r\nX-Auth-Client: till\r\n`)

    const told = p.origin.requests[0]!.fields.filter(([name]) => name.toLowerCase() === 'x-auth-client')
    assert.deepEqual(told, [['x-auth-client', 'shop']])
    assert.equal(value(p.origin.requests[0]!, 'x-api-key'), key)
  })

  for (const [what, target, fields] of [
    ['no key', '/header', ''],
    ['an empty key', '/header', 'X-API-Key: \r\n'],
    ['a key that is not known', '/header', 'X-API-Key: wrong\r\n'],
    ['a digest for a key', '/header', `X-API-Key: ${(keys[0] ?? '').slice(0, 64)}\r\n`],
    ['two keys', '/header', `X-API-Key: ${key}\r\nX-API-Key: ${key}\r\n`],
    ['a key that is too long', '/header', `X-API-Key: ${'k'.repeat(5000)}\r\n`],
    ['a key in another place', '/header?api_key=k-4f9d0c6a51', ''],
    ['a bearer token without a token', '/bearer', 'Authorization: Bearer \r\n'],
    ['another scheme', '/bearer', `Authorization: Basic ${key}\r\n`],
    ['an empty parameter', '/query?api_key=', ''],
  ] as const) {
    test(`${what} is refused`, async () => {
      const answered = await get(target, fields)

      assert.equal(answered.status, 401)
      assert.match(value(answered.message, 'www-authenticate') ?? '', /^(?:ApiKey|Bearer)$/)
      assert.equal(p.origin.requests.length, 0)
      assert.equal(p.gateway.outcomes.at(-1)?.reason, 'unauthorized')
    })
  }

  test('are in no detail', () => {
    const details = p.gateway.outcomes.map(({ detail }) => detail).join('\n')

    assert.match(details, /the key in header x-api-key is not known/)
    assert.doesNotMatch(details, /k-4f9d|wrong/)
  })
})

describe('keys that change', () => {
  test('are those of the file as it is now', async () => {
    using folder = testFolder()
    const file = folder.write('keys', `${line(key, 'shop')}\n`)
    await using p = await plainGateway({ route: { filters: [{ apiKey: { keys: file } }] } })
    const get = async (secret: string) =>
      (await ask(p.port, getRequest('/', `X-API-Key: ${secret}\r\n`))).status
    assert.deepEqual([await get(key), await get('next')], [200, 401])

    folder.write('keys', `${line('next', 'shop')}\n`)
    await p.gateway.install({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [{ to: 'origin', filters: [{ apiKey: { keys: file } }] }],
      clusters: { origin: { endpoints: [p.origin.address] } },
    })

    assert.deepEqual([await get(key), await get('next')], [401, 200])
  })
})
