import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shaCrypt } from '../../src/filters/passwords/sha-crypt.ts'
import { getRequest } from '../support/ask.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

/** Takes long enough to be overtaken. */
const slow = (password: string) => shaCrypt(Buffer.from(password), '$6$rounds=60000$saltsalt$x')

function basic(credentials: string): string {
  return `Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`
}

test('what a filter found out of a request that is gone is not applied to one with the same id', async () => {
  const guarded = (path: string, user: string) => ({
    path,
    filters: [{ basicAuth: { users: [`${user}:${slow(user)}`] } }],
    to: 'origin',
  })
  await using p = await plainGateway({
    listener: { trustedProxies: ['127.0.0.0/8'] },
    routes: [guarded('/alice', 'alice'), guarded('/bob', 'bob')],
  })
  // A proxy in front often carries on the id that its client made up.
  const id = 'X-Request-Id: chosen-by-the-client\r\n'
  using gone = await RawClient.connect(p.port)
  gone.send(getRequest('/alice', id + basic('alice:alice')))
  await until(() => p.gateway.gateway.counts().requests === 1, 'the first request')
  gone.reset()
  await until(() => p.gateway.outcomes.length === 1, 'the end of the first request')
  using client = await RawClient.connect(p.port)
  const message = await client.send(getRequest('/bob/secret', id + basic('bob:wrong'))).response(0)

  assert.equal(status(message), 401)
  assert.equal(p.origin.requests.length, 0)
})
