import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { plainGateway } from '../support/plain-gateway.ts'

/** SHA-256 of "k". */
const key = '8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a'

test('a limit by a header that a filter sets goes by the filter, and not by what the client says', async () => {
  const filters = [
    { apiKey: { keys: [`${key} alice`], from: { header: 'x-key' }, idHeader: 'x-user' } },
    { rateLimit: { key: { header: 'X-User' }, rate: '1/m', burst: 0 } },
  ]
  await using p = await plainGateway({ route: { filters } })
  const statuses: number[] = []
  for (const name of ['a', 'b', 'c'])
    statuses.push((await ask(p.port, getRequest('/', `X-Key: k\r\nX-User: ${name}\r\n`))).status)

  assert.deepEqual(statuses, [200, 429, 429])
})

test('a limit by the header of a key goes by the key, which goes no further', async () => {
  const filters = [
    { apiKey: { keys: [`${key} alice`], from: { header: 'x-key' } } },
    { rateLimit: { key: { header: 'x-key' }, rate: '1/m', burst: 0, missing: 'skip' } },
  ]
  await using p = await plainGateway({ route: { filters } })
  const get = async () => (await ask(p.port, getRequest('/', 'X-Key: k\r\n'))).status

  assert.deepEqual([await get(), await get()], [200, 429])
})
