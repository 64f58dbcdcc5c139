import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answered, ask, getRequest } from '../support/ask.ts'
import { testFolder } from '../support/folder.ts'
import { value } from '../support/message-reader.ts'
import { type PlainGateway, plainGateway } from '../support/plain-gateway.ts'

/** Of "tr0ub4dor&3", by htpasswd: bcrypt with cost 5, and apr1; and of "with:colons" by openssl passwd -6. */
const bcrypt = '$2y$05$wxPNVH7K2h3OAzyPuKBmnuVkr0uZ8fcIAZlcaDK3Gqm.uzpGCncsa'
const apr1 = '$apr1$JGId5.zW$KDBPjjzwwFUGMll1Ofc521'
const password = 'tr0ub4dor&3'
/** Of a password nobody here knows; a try takes a quarter of a second of a core. */
const slow = '$2y$12$wxPNVH7K2h3OAzyPuKBmnuVkr0uZ8fcIAZlcaDK3Gqm.uzpGCncsa'

const users = [`alice:${bcrypt}`, `bjørn:${apr1}`]

function route(path: string, parts: object = {}) {
  return { path, filters: [{ basicAuth: { users, realm: 'the "shop"', ...parts } }], to: 'origin' }
}

function credentials(user: string, secret: string): string {
  return `Authorization: Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}\r\n`
}

describe('basic authentication', () => {
  let p: PlainGateway
  before(async () => {
    p = await plainGateway({
      routes: [
        route('/plain'),
        route('/told', { userHeader: 'x-auth-user' }),
        route('/kept', { authorization: 'keep' }),
        { path: '/open', to: 'origin' },
      ],
    })
  })
  after(() => p[Symbol.asyncDispose]())

  async function get(target: string, fields = ''): Promise<Answered> {
    p.origin.forget()
    return ask(p.port, getRequest(target, fields))
  }

  test('asks who has no credentials for them, with realm and charset', async () => {
    const answered = await get('/plain')

    assert.equal(answered.status, 401)
    assert.equal(value(answered.message, 'www-authenticate'), 'Basic realm="the \\"shop\\"", charset="UTF-8"')
    assert.equal(p.origin.requests.length, 0)
    assert.equal(p.gateway.outcomes.at(-1)?.reason, 'unauthorized')
  })

  test('lets users pass, and tells the upstream nothing', async () => {
    const answered = await get('/plain', credentials('alice', password))

    assert.equal(answered.status, 200)
    assert.equal(value(p.origin.requests[0]!, 'authorization'), undefined)
  })

  test('lets them pass again without a hash', async () => {
    await get('/plain', credentials('alice', password))

    assert.equal((await get('/plain', credentials('alice', password))).status, 200)
  })

  test('takes names and passwords in UTF-8', async () => {
    const answered = await get('/told', credentials('bjørn', password))

    assert.equal(answered.status, 200)
    assert.equal(value(p.origin.requests[0]!, 'x-auth-user'), Buffer.from('bjørn').toString('latin1'))
  })

  test('tells the upstream who it is, and nothing that the client said of that', async () => {
    await get('/told', `${credentials('alice', password)}X-Auth-User: root\r\nx-AUTH-user: admin\r\n`)

    const told = p.origin.requests[0]!.fields.filter(([name]) => name.toLowerCase() === 'x-auth-user')
    assert.deepEqual(told, [['x-auth-user', 'alice']])
  })

  test('leaves the credentials where it is told to', async () => {
    await get('/kept', credentials('alice', password))

    assert.match(value(p.origin.requests[0]!, 'authorization') ?? '', /^Basic /)
  })

  for (const [what, fields] of [
    ['a wrong password', credentials('alice', 'wrong')],
    ['a user who is not known', credentials('mallory', password)],
    ['the password of another', credentials('alice', '')],
  ] as const) {
    test(`refuses ${what} with the same words`, async () => {
      const answered = await get('/plain', fields)

      assert.equal(answered.status, 401)
      assert.match(value(answered.message, 'www-authenticate') ?? '', /^Basic /)
      assert.equal(p.origin.requests.length, 0)
      assert.doesNotMatch(answered.body, /alice|mallory|password/)
    })
  }

  test('never says a password, nor who is not known', () => {
    const details = p.gateway.outcomes.map(({ detail }) => detail).join('\n')

    assert.match(details, /wrong password for user "alice"/)
    assert.doesNotMatch(details, /tr0ub4dor|mallory/)
  })
})

describe('users that change', () => {
  test('are those of the file as it is now, whatever was remembered', async () => {
    using folder = testFolder()
    const file = folder.write('users', `alice:${bcrypt}\n`)
    const config = (port: string) => ({
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      routes: [{ to: 'origin', filters: [{ basicAuth: { users: file } }] }],
      clusters: { origin: { endpoints: [port] } },
    })
    await using p = await plainGateway({ route: { filters: [{ basicAuth: { users: file } }] } })
    const get = async (user: string) =>
      (await ask(p.port, getRequest('/', credentials(user, password)))).status
    assert.deepEqual([await get('alice'), await get('bjørn')], [200, 401])

    folder.write('users', `bjørn:${apr1}\n`)
    await p.gateway.install(config(p.origin.address))

    assert.deepEqual([await get('alice'), await get('bjørn')], [401, 200])
  })
})

describe('wrong passwords', () => {
  test('get 429 after ten, while others and those who are remembered pass', async () => {
    await using p = await plainGateway({ routes: [route('/plain'), { path: '/open', to: 'origin' }] })
    const get = (target: string, fields = '') => ask(p.port, getRequest(target, fields))
    await get('/plain', credentials('alice', password))
    const wrong = await Promise.all(
      Array.from({ length: 20 }, (_, index) => get('/plain', credentials('alice', `wrong ${index}`))),
    )

    const statuses = wrong.map(({ status }) => status).toSorted((a, b) => a - b)
    assert.deepEqual(
      statuses.slice(0, 10),
      Array.from({ length: 10 }, () => 401),
    )
    assert.ok(statuses.includes(429))
    const limited = wrong.find(({ status }) => status === 429)
    assert.match(value(limited!.message, 'retry-after') ?? '', /^[12]$/)
    assert.equal((await get('/plain', credentials('alice', password))).status, 200)
    assert.equal((await get('/open')).status, 200)
  })

  test('of many clients hold up no other route, and too many of them are told to come again', async () => {
    await using p = await plainGateway({
      listener: { trustedProxies: ['127.0.0.0/8'] },
      routes: [
        { path: '/slow', filters: [{ basicAuth: { users: [`alice:${slow}`] } }], to: 'origin' },
        { path: '/open', to: 'origin' },
      ],
    })
    const order: string[] = []
    const attack = Array.from({ length: 60 }, async (_, index) => {
      const fields = `X-Forwarded-For: 198.51.100.${index}\r\n${credentials('alice', `wrong ${index}`)}`
      const { status } = await ask(p.port, getRequest('/slow', fields))
      order.push(`attack ${status}`)
    })
    const statuses: number[] = []
    // The first hash takes longer than all of these: were it checked in the event loop, it would be done before them.
    for (let i = 0; i < 20; i += 1) statuses.push((await ask(p.port, getRequest('/open'))).status)
    order.push('others done')
    await p.gateway[Symbol.asyncDispose]()
    await Promise.allSettled(attack)

    assert.deepEqual(new Set(statuses), new Set([200]))
    const before = order.slice(0, order.indexOf('others done'))
    assert.ok(before.filter((one) => one === 'attack 503').length >= 60 - 33)
    assert.ok(before.filter((one) => one === 'attack 401').length < 33)
    assert.ok(p.gateway.outcomes.some(({ reason }) => reason === 'auth_busy'))
  })
})
