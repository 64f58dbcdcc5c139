import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ask } from '../support/ask.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { type PlainGateway, plainGateway } from '../support/plain-gateway.ts'

/** SHA-256 of "k". */
const key = '8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a'

describe('headers that only filters set', () => {
  let p: PlainGateway
  before(async () => {
    const filters = [
      { apiKey: { keys: [`${key} alice`], from: { header: 'x-key' }, idHeader: 'x-user' } },
      { requestHeaders: { set: { 'x-zone': 'outside' }, remove: ['x-debug'] } },
    ]
    p = await plainGateway({ route: { filters } })
  })
  after(() => p[Symbol.asyncDispose]())

  const names = 'X-User, x-zone, X-DEBUG, x-sum'

  test('are not taken from trailers of HTTP/1.1', async () => {
    p.origin.forget()
    const head = `POST / HTTP/1.1\r\nHost: a.test\r\nX-Key: k\r\nTransfer-Encoding: chunked\r\nTrailer: ${names}\r\n\r\n`
    const trailers = 'X-User: root\r\nx-zone: inside\r\nX-DEBUG: on\r\nx-sum: 9\r\n'
    const { status } = await ask(p.port, `${head}1\r\na\r\n0\r\n${trailers}\r\n`)

    assert.equal(status, 200)
    assert.deepEqual(p.origin.requests[0]?.trailers, [['x-sum', '9']])
  })

  test('are not taken from trailers of HTTP/2', async () => {
    p.origin.forget()
    using client = await H2Client.connect(p.port)
    const id = client.id()
    client.head(id, [...pseudo('POST'), ['x-key', 'k'], ['trailer', names.toLowerCase()]], 'open')
    client.body(id, 'a', 'open').head(
      id,
      [
        ['x-user', 'root'],
        ['x-zone', 'inside'],
        ['x-sum', '9'],
      ],
      'end',
    )
    await client.response(id)

    assert.deepEqual(p.origin.requests[0]?.trailers, [['x-sum', '9']])
  })
})
