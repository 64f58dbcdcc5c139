import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { plainGateway } from '../support/plain-gateway.ts'

/** SHA-256 of "k". */
const key = '8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a'

for (const underscores of ['drop', 'allow']) {
  test(`a header with underscores that only filters set has no twin with hyphens where they are told to ${underscores}`, async () => {
    const filters = [{ apiKey: { keys: [`${key} alice`], from: { header: 'x-key' }, idHeader: 'x_user_id' } }]
    await using p = await plainGateway({ listener: { underscores }, route: { filters } })
    const head = `POST / HTTP/1.1\r\nHost: a.test\r\nX-Key: k\r\nTransfer-Encoding: chunked\r\nTrailer: x-user-id\r\n`
    const twins = 'X-User-Id: root\r\nX_USER_ID: root\r\nx-user_id: root\r\n'

    await ask(p.port, `${head}${twins}\r\n0\r\nx-user-id: root\r\n\r\n`)

    const { fields = [], trailers } = p.origin.requests[0] ?? {}
    assert.deepEqual(
      fields.filter(([name]) => /user/i.test(name)),
      [['x_user_id', 'alice']],
    )
    assert.deepEqual(trailers, [])
  })
}

test('a listener that allows underscores lets no twin of a header pass that only filters set', async () => {
  const filters = [
    { apiKey: { keys: [`${key} alice`], from: { header: 'x-key' }, idHeader: 'x-user-id' } },
    { requestHeaders: { remove: ['x-debug-all'] } },
  ]
  await using p = await plainGateway({ listener: { underscores: 'allow' }, route: { filters } })
  const twins =
    'X_User_Id: root\r\nx-user_id: root\r\nX-User-Id: root\r\nx_debug-all: on\r\nX.User.Id: root\r\n'
  const { status } = await ask(p.port, getRequest('/', `X-Key: k\r\n${twins}x_other: kept\r\n`))

  assert.equal(status, 200)
  const passed = p.origin.requests[0]?.fields.filter(([name]) => /user|debug|other/i.test(name))
  assert.deepEqual(passed, [
    ['x_other', 'kept'],
    ['x-user-id', 'alice'],
  ])
})
