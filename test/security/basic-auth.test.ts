import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { printModel } from '../../src/model/print.ts'
import { type Answered, ask, getRequest } from '../support/ask.ts'
import { modelOf, problemsOf } from '../support/gateway.ts'
import { type PlainGateway, plainGateway } from '../support/plain-gateway.ts'

const apr1 = '$apr1$JGId5.zW$KDBPjjzwwFUGMll1Ofc521'
const password = 'tr0ub4dor&3'
/** Of "a:b:c" and of "", by htpasswd -nbs. */
const ofColons = '{SHA}cLzgnoJ6mP5qz3w+mwvPE2vDgu0='
const ofNothing = '{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk='

function basic(credentials: string | Buffer): string {
  return `Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`
}

describe('credentials that are not what they seem', () => {
  let p: PlainGateway
  before(async () => {
    const users = [`alice:${apr1}`, `colon:${ofColons}`, `nothing:${ofNothing}`]
    p = await plainGateway({
      route: { filters: [{ basicAuth: { users, userHeader: 'x-auth-user' } }] },
    })
  })
  after(() => p[Symbol.asyncDispose]())

  async function get(fields: string): Promise<Answered> {
    p.origin.forget()
    return ask(p.port, getRequest('/', fields))
  }

  for (const [what, fields] of [
    ['a password with colons', basic('colon:a:b:c')],
    ['an empty password that is right', basic('nothing:')],
    ['another case of the scheme', basic(`alice:${password}`).replace('Basic', 'bASIC')],
    ['several spaces behind the scheme', basic(`alice:${password}`).replace('Basic ', 'Basic    ')],
    ['base64 without padding', basic(`alice:${password}`).replace(/=+\r\n$/, '\r\n')],
  ] as const) {
    test(`${what} passes`, async () => {
      assert.equal((await get(fields)).status, 200)
    })
  }

  for (const [what, fields] of [
    ['an empty user', basic(`:${password}`)],
    ['no colon', basic('alice')],
    ['nothing', 'Authorization: Basic \r\n'],
    ['nothing, without a space', 'Authorization: Basic\r\n'],
    ['an empty header', 'Authorization: \r\n'],
    ['bytes that are no UTF-8', basic(Buffer.from('alice:p\xe4ss', 'latin1'))],
    ['an overlong form of UTF-8', basic(Buffer.from([0xc1, 0xa1, 0x3a, 0x78]))],
    ['a NUL behind a right password', basic(`alice:${password}\0x`)],
    ['a NUL behind the user', basic(`alice\0:${password}`)],
    ['a line end in the user', basic(`alice\r\nx-auth-user: root:${password}`)],
    ['characters that are not base64', basic(`alice:${password}`).replace('Basic ', 'Basic !')],
    ['base64 for URLs', `Authorization: Basic ${Buffer.from('alice:~~~???').toString('base64url')}-_\r\n`],
    [
      'base64 with bits left over',
      basic('colon:a:b:c').replace(
        /(.)(=*)\r\n$/,
        (_, last: string, pad: string) => `${nextLetter(last)}${pad}\r\n`,
      ),
    ],
    ['credentials twice', basic(`alice:${password}`).repeat(2)],
    ['right ones behind wrong ones', basic('alice:wrong') + basic(`alice:${password}`)],
    ['a comma behind them', basic(`alice:${password}`).replace('\r\n', ', Basic x\r\n')],
    ['more than a kilobyte', basic(`alice:${'x'.repeat(1100)}`)],
    ['as much as a head may hold', basic(`alice:${'x'.repeat(8000)}`)],
    ['another scheme', basic(`alice:${password}`).replace('Basic', 'Bearer')],
    ['the name of an inherited property', basic('__proto__:x')],
    ['the hash for a password', basic(`alice:${apr1}`)],
    ['the header of a proxy', basic(`alice:${password}`).replace('Authorization', 'Proxy-Authorization')],
  ] as const) {
    test(`${what} is refused`, async () => {
      const answered = await get(fields)

      assert.equal(answered.status, 401)
      assert.equal(p.origin.requests.length, 0)
    })
  }

  for (const name of ['X-Auth-User', 'x-auth-user', 'X-AUTH-USER', 'X_Auth_User', 'x-auth_user']) {
    test(`${name} of the client never reaches the upstream`, async () => {
      await get(`${name}: root\r\n${basic(`alice:${password}`)}${name}: root\r\n`)

      // Some upstreams take an underscore for a hyphen.
      const told = p.origin.requests[0]!.fields.filter(([one]) => /^x[-_]auth[-_]user$/i.test(one))
      assert.deepEqual(told, [['x-auth-user', 'alice']])
    })
  }

  test('the header is told though the client calls it one of a hop', async () => {
    await get(`Connection: x-auth-user\r\n${basic(`alice:${password}`)}`)

    assert.ok(p.origin.requests[0]!.fields.some(([one, user]) => one === 'x-auth-user' && user === 'alice'))
  })
})

/** Another letter whose upper bits are those of the letter. */
function nextLetter(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return alphabet[alphabet.indexOf(letter) ^ 1] ?? ''
}

function config(filter: object) {
  return {
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ to: 'origin', filters: [filter] }],
    clusters: { origin: { endpoints: ['127.0.0.1:9'] } },
  }
}

describe('hashes', () => {
  const digest = 'a1'.repeat(32)

  test('are in no model, printed or not', () => {
    const model = modelOf({
      ...config({ basicAuth: { users: [`alice:${apr1}`] } }),
      routes: [
        { path: '/a', to: 'origin', filters: [{ basicAuth: { users: [`alice:${apr1}`] } }] },
        { path: '/b', to: 'origin', filters: [{ apiKey: { keys: [`${digest} shop`] } }] },
      ],
    })

    assert.doesNotMatch(printModel(model, 'yaml') + JSON.stringify(model), /JGId5|KDBPj|a1a1a1|alice/)
  })

  for (const [what, filter] of [
    ['plain text', { basicAuth: { users: ['alice:hunter2hunter2'] } }],
    ['a line that is two', { basicAuth: { users: ['alice:hunter2hunter2\nbob:x'] } }],
    ['a map for a list', { basicAuth: { users: { alice: `${apr1}hunter2` } } }],
    ['a line for a file', { basicAuth: { users: `alice:${apr1}hunter2` } }],
    ['a key for its digest', { apiKey: { keys: ['hunter2hunter2 shop'] } }],
  ] as const) {
    test(`${what} is refused, and nothing of it is shown`, () => {
      const problems = problemsOf(config(filter))

      assert.ok(problems.some(({ severity }) => severity === 'error'))
      assert.doesNotMatch(JSON.stringify(problems), /hunter2/)
    })
  }

  test('too costly ones are refused, with what to do', () => {
    const users = [`alice:$2y$15$wxPNVH7K2h3OAzyPuKBmnuVkr0uZ8fcIAZlcaDK3Gqm.uzpGCncsa`]

    const [problem] = problemsOf(config({ basicAuth: { users } }))

    assert.match(problem?.message ?? '', /entry 1 a hash of bcrypt with cost 15, above 14/)
    assert.match(problem?.remedy ?? '', /-C 12/)
  })

  test('keys in a query whose name logs would show are refused', () => {
    const [problem] = problemsOf(config({ apiKey: { keys: [`${digest} shop`], from: { query: 'k' } } }))

    assert.match(problem?.message ?? '', /would have keys stand in logs/)
  })
})
