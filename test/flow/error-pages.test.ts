import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { value } from '../support/message-reader.ts'
import { answer } from '../support/origin.ts'
import { plainGateway } from '../support/plain-gateway.ts'

const pages = {
  errorPages: [
    { statuses: [502, 503], body: '<p>für später', contentType: 'text/html; charset=utf-8' },
    { body: 'error', contentType: 'text/plain' },
  ],
}
const p = await plainGateway({
  listener: { errorDetail: 'on' },
  routes: [
    { path: '/away', filters: [pages], to: 'empty' },
    { path: '/origin', filters: [pages], body: { limit: '1B' }, to: 'origin' },
    { path: '/own', filters: [pages, { respond: { status: 503, body: 'mine' } }] },
    { path: '/closed', filters: [pages, { maintenance: {} }], to: 'origin' },
  ],
  clusters: { empty: { endpoints: [] } },
})
const { origin, port } = p

describe('error pages', () => {
  after(() => p[Symbol.asyncDispose]())

  test('stand in the place of the text of the gateway', async () => {
    const { status, message } = await ask(port, getRequest('/away'))

    assert.deepEqual(
      [status, Buffer.concat(message.pieces).toString(), value(message, 'content-type')],
      [503, '<p>für später', 'text/html; charset=utf-8'],
    )
    assert.equal(value(message, 'x-tidegate-reason'), 'no_endpoints')
  })

  test('are found by status, the first one that is for it', async () => {
    const { status, body, message } = await ask(port, postRequest('/origin', 'xy'))

    assert.deepEqual([status, body, value(message, 'content-type')], [413, 'error', 'text/plain'])
  })

  test('have the length that they would have, and no body, for HEAD', async () => {
    const { status, body, message } = await ask(port, 'HEAD /away HTTP/1.1\r\nHost: a.test\r\n\r\n')

    assert.deepEqual([status, body, message.length], [503, '', Buffer.byteLength('<p>für später')])
  })

  test('are for answers of filters that have no body of their own', async () => {
    const { body, message } = await ask(port, getRequest('/closed'))

    assert.equal(Buffer.from(body, 'latin1').toString(), '<p>für später')
    assert.equal(value(message, 'retry-after'), '300')
  })

  test('leave bodies of filters and of the upstream alone', async () => {
    origin.script = { onRequest: () => answer(503, 'theirs') }

    const bodies = [await ask(port, getRequest('/own')), await ask(port, getRequest('/origin'))]

    assert.deepEqual(
      bodies.map(({ body }) => body),
      ['mine', 'theirs'],
    )
  })
})
