import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { getRequest } from '../support/ask.ts'
import { answer, fin, reset, type Step } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { RawClient, status, until } from '../support/raw-client.ts'

const { gateway, origin, port, ...rest } = await plainGateway()

const head = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n'
const chunkedHead = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

/** What was written has left before the connection ends. */
function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

const endings: readonly (readonly [name: string, step: Step])[] = [
  ['FIN', fin],
  ['a reset', reset],
]

/** Where a response can stop; `status` 0 means that the client sees a response that is cut off. */
const points: readonly (readonly [name: string, sent: string, status: number, reason: string])[] = [
  ['before a byte of the answer', '', 502, 'upstream_reset'],
  ['in mid status line', 'HTTP/1.', 502, 'upstream_incomplete'],
  ['in mid head', 'HTTP/1.1 200 OK\r\ncontent-le', 502, 'upstream_incomplete'],
  ['behind an informational response', 'HTTP/1.1 103 Early Hints\r\n\r\n', 502, 'upstream_incomplete'],
  ['behind the head', head, 0, 'upstream_incomplete'],
  ['in mid body', `${head}hello`, 0, 'upstream_incomplete'],
  ['behind the head of a chunked response', chunkedHead, 0, 'upstream_incomplete'],
  ['in mid chunk', `${chunkedHead}a\r\nhello`, 0, 'upstream_incomplete'],
  ['between two chunks', `${chunkedHead}5\r\nhello\r\n`, 0, 'upstream_incomplete'],
  ['in mid last chunk', `${chunkedHead}5\r\nhello\r\n0\r\n`, 0, 'upstream_incomplete'],
  ['in mid trailers', `${chunkedHead}5\r\nhello\r\n0\r\nx: y\r\n`, 0, 'upstream_incomplete'],
]

describe('the upstream dies', () => {
  after(() => rest[Symbol.asyncDispose]())
  beforeEach(() => {
    origin.forget()
    gateway.outcomes.length = 0
  })

  for (const [name, sent, expected, reason] of points) {
    for (const [ending, step] of endings) {
      test(`${name}, by ${ending}: ${expected === 0 ? 'the answer is cut off' : `status ${expected}`}`, async () => {
        origin.script = { onRequest: () => (sent === '' ? [step] : [sent, moment(), step]) }
        using client = await RawClient.connect(port)

        client.send(getRequest('/'))
        await until(() => client.responses.length > 0 || client.state !== 'open', 'the client knows')

        assert.deepEqual(
          [client.responses.map(status)[0] ?? 0, (await gateway.outcome()).reason],
          [expected, reason],
        )
      })
    }
  }

  for (const [ending, step] of endings) {
    test(`while the request is being sent, by ${ending}: status 502, and the client is told at once`, async () => {
      origin.script = { onHead: () => [step] }
      using client = await RawClient.connect(port)

      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(1000)}`)
      const response = await client.response(0)

      assert.deepEqual([status(response), origin.requests.length], [502, 1])
    })
  }

  test('after its answer, in the pool: the next request takes another connection', async () => {
    origin.script = { onRequest: () => [answer(200, 'ok'), moment(), fin] }
    using client = await RawClient.connect(port)

    await client.send(getRequest('/1')).response(0)
    await until(() => origin.requests[0]?.stillOpen() === false, 'the upstream connection is gone')
    const second = await client.send(getRequest('/2')).response(1)

    assert.deepEqual([status(second), gateway.outcomes.map(({ attempts }) => attempts)], [200, [1, 1]])
  })

  test('a client whose answer was cut off finds its connection closed', async () => {
    origin.script = { onRequest: () => [`${chunkedHead}5\r\nhello\r\n`, moment(), reset] }
    using client = await RawClient.connect(port)

    client.send(getRequest('/'))
    await client.ended()

    assert.deepEqual(client.responses.length, 0)
  })
})
