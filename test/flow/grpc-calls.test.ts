import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { renderMetrics } from '../../src/telemetry/exposition.ts'
import { H2Client, h2Body, pseudo } from '../support/h2-client.ts'
import type { H2Script } from '../support/h2-origin.ts'
import { type H2Stage, h2Stage } from '../support/h2-stage.ts'
import { bodyText, type Field, value, values } from '../support/message-reader.ts'
import { RawClient, until } from '../support/raw-client.ts'

const grpc: readonly Field[] = [
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
]
/** A message of five bytes. */
const message = '\0\0\0\0\x05hello'

function call(path = '/shop.Cart/Add', ...more: Field[]): Field[] {
  return [...pseudo('POST', path), ...grpc, ...more]
}

/** Answers every call with its own message. */
const echo: H2Script = {
  onRequest: ({ stream, pieces }) =>
    stream
      .head(200, [['content-type', 'application/grpc']])
      .body(Buffer.concat(pieces), 'open')
      .trailers([
        ['grpc-status', '0'],
        ['x-trailer-bin', 'AAE'],
      ]),
}

/** A call's trailers alone. */
function status(code: number): H2Script {
  return {
    onRequest: ({ stream }) =>
      stream.head(
        200,
        [
          ['content-type', 'application/grpc'],
          ['grpc-status', String(code)],
        ],
        'end',
      ),
  }
}

async function made(stage: H2Stage, fields: readonly Field[] = call()) {
  using client = await H2Client.connect(stage.port)
  const answer = await client.response(client.request(fields, message))
  const codes = values([...answer.fields, ...answer.trailers], 'grpc-status')
  return { answer, code: codes.length === 1 ? Number(codes[0]) : codes }
}

describe('a gRPC call', () => {
  test('passes with its messages, metadata and status', async () => {
    await using stage = await h2Stage({ script: echo })

    const { answer } = await made(stage, call('/shop.Cart/Add', ['x-meta-bin', 'AAECAw']))

    assert.deepEqual([answer.status, h2Body(answer)], [200, message])
    assert.deepEqual(answer.trailers, [
      ['grpc-status', '0'],
      ['x-trailer-bin', 'AAE'],
    ])
    const fields = stage.origin.requests[0]?.fields ?? []
    assert.deepEqual(values(fields, 'te'), ['trailers'])
    assert.deepEqual(values(fields, 'x-meta-bin'), ['AAECAw'])
    assert.equal((await stage.gateway.outcome()).grpcStatus, 0)
  })

  test('goes on both ways at once for as long as it likes', async () => {
    await using stage = await h2Stage({
      script: {
        onHead: ({ stream, list }) => {
          if (list.path !== '/plain') stream.head(200, [['content-type', 'application/grpc']])
        },
        onData: ({ stream }, data) => stream.body(data, 'open'),
        onRequest: ({ stream, list }) => {
          if (list.path !== '/plain') stream.trailers([['grpc-status', '0']])
        },
      },
      listener: { limits: { body: '1KiB', bodyIdle: '50ms', bodyRate: '1MiB', bodyRateGrace: '10ms' } },
      route: { timeouts: { total: '100ms' } },
    })
    using client = await H2Client.connect(stage.port)
    const id = client.id()
    client.head(id, call(), 'open')
    for (let i = 1; i <= 300; i++) {
      client.body(id, message, 'open')
      await until(() => client.answer(id).bytes === i * message.length, `message ${i} is back`)
    }
    // Whatever limits time for others has passed when these two have their answers.
    const idle = client.id()
    client.head(idle, pseudo('POST', '/plain'), 'open')
    await client.response(idle)
    await client.response(client.request(pseudo('GET', '/plain')))

    client.body(id, message, 'end')
    const answer = await client.response(id)

    assert.deepEqual([answer.bytes, answer.trailers], [301 * message.length, [['grpc-status', '0']]])
  })

  test('is not held back by a route that collects bodies', async () => {
    await using stage = await h2Stage({
      script: {
        onHead: ({ stream }) => stream.head(200, [['content-type', 'application/grpc']]),
        onData: ({ stream }, data) => stream.body(data, 'open'),
        onRequest: ({ stream }) => stream.trailers([['grpc-status', '0']]),
      },
      route: { body: { buffer: '64KiB' } },
    })
    using client = await H2Client.connect(stage.port)

    const id = client.id()
    client.head(id, call(), 'open').body(id, message, 'open')
    await until(() => client.answer(id).bytes === message.length, 'the message is back')
    client.body(id, '', 'end')

    assert.deepEqual((await client.response(id)).trailers, [['grpc-status', '0']])
    assert.deepEqual(values(stage.origin.requests[0]?.fields ?? [], 'content-length'), [])
  })

  for (const [protocol, type] of [
    ['gRPC', 'application/grpc'],
    ['gRPC with JSON', 'application/grpc+json'],
  ] as const) {
    test(`over HTTP/1.1 is refused with 505: ${protocol}`, async () => {
      await using stage = await h2Stage({ script: echo, listener: { errorDetail: 'on' } })
      using client = await RawClient.connect(stage.port)

      client.send(
        `POST /a.B/C HTTP/1.1\r\nHost: a.test\r\nContent-Type: ${type}\r\nContent-Length: 0\r\n\r\n`,
      )
      const response = await client.response()

      assert.match(response.startLine, / 505 /)
      assert.equal(value(response, 'x-tidegate-reason'), 'grpc_needs_http2')
      assert.match(bodyText(response), /HTTP\/2/)
      assert.equal(stage.origin.requests.length, 0)
    })
  }

  test('of gRPC-Web is plain HTTP', async () => {
    await using stage = await h2Stage()
    using client = await RawClient.connect(stage.port)

    client.send(
      'POST /a.B/C HTTP/1.1\r\nHost: a.test\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: 0\r\n\r\n',
    )

    assert.match((await client.response()).startLine, / 200 /)
    assert.equal((await stage.gateway.outcome()).grpcStatus, -1)
  })
})

describe('an answer of the gateway to a gRPC call', () => {
  async function refused(parts: Parameters<typeof h2Stage>[0], fields = call()) {
    await using stage = await h2Stage(parts)
    if (parts?.script === undefined) await stage.origin.kill()
    const { answer, code } = await made(stage, fields)
    const outcome = await stage.gateway.outcome()
    return { answer, code, outcome }
  }

  test('is a head alone, with status 200, and says no cause to strangers', async () => {
    const { answer, code } = await refused({})

    assert.deepEqual([answer.status, answer.bytes, answer.trailers], [200, 0, []])
    assert.deepEqual(values(answer.fields, 'content-type'), ['application/grpc'])
    assert.equal(code, 14)
    assert.deepEqual(values(answer.fields, 'grpc-message'), ['Service Unavailable'])
    assert.deepEqual(values(answer.fields, 'x-tidegate-reason'), [])
  })

  test('says its reason where the listener allows it, percent-encoded', async () => {
    const { answer } = await refused(
      {
        listener: { errorDetail: 'on' },
        script: {},
        route: { hosts: ['other.test'] },
      },
      call('/a.B/%25'),
    )

    assert.deepEqual(values(answer.fields, 'x-tidegate-reason'), ['no_route_host'])
    assert.match(values(answer.fields, 'grpc-message')[0] ?? '', /^a\.test\/a\.B\/%2525$/)
  })

  const slow: H2Script = { onRequest: () => {} }
  for (const [what, parts, fields, expected, reason] of [
    ['no route', { script: {}, route: { hosts: ['other.test'] } }, call(), 12, 'no_route_host'],
    [
      'a deadline that passes',
      { script: slow },
      call('/a.B/C', ['grpc-timeout', '100m']),
      4,
      'route_timeout',
    ],
    ['a deadline of nothing', { script: slow }, call('/a.B/C', ['grpc-timeout', '0S']), 4, 'route_timeout'],
    [
      'an endpoint that stands still',
      { script: slow, route: { timeouts: { idle: '100ms' } } },
      call(),
      4,
      'response_timeout',
    ],
    [
      'a reset with CANCEL',
      { script: { onRequest: ({ stream }) => stream.reset(8) } },
      call(),
      1,
      'upstream_reset',
    ],
    [
      'a reset with REFUSED_STREAM',
      { script: { onRequest: ({ stream }) => stream.reset(7) } },
      call(),
      14,
      'upstream_refused',
    ],
    [
      'a reset with ENHANCE_YOUR_CALM',
      { script: { onRequest: ({ stream }) => stream.reset(11) } },
      call(),
      8,
      'upstream_reset',
    ],
    [
      'a response that is none',
      { script: { onRequest: ({ stream }) => stream.head('abc') } },
      call(),
      13,
      'upstream_bad_response',
    ],
    [
      'a lost connection',
      { script: { onRequest: ({ stream }) => stream.connection.socket.resetAndDestroy() } },
      call(),
      14,
      'upstream_reset',
    ],
  ] as readonly [string, Parameters<typeof h2Stage>[0], Field[], number, string][]) {
    test(`to ${what} has code ${expected}`, async () => {
      const { answer, code, outcome } = await refused(parts, fields)

      assert.deepEqual([answer.status, code, answer.ended], [200, expected, true])
      assert.deepEqual([outcome.reason, outcome.grpcStatus, outcome.status], [reason, expected, 200])
    })
  }

  for (const timeout of ['-1S', '1x', '123456789S', '', '1', 'S', '1.5S', '1S, 2S', '1 S']) {
    test(`to grpc-timeout "${timeout}" has code 3`, async () => {
      const { code, outcome } = await refused({ script: echo }, call('/a.B/C', ['grpc-timeout', timeout]))

      assert.deepEqual([code, outcome.reason, outcome.attempts], [3, 'bad_grpc_timeout', 0])
    })
  }

  test('comes as trailers even when another length was announced', async () => {
    const { answer, code } = await refused({
      script: {
        onRequest: ({ stream }) => stream.head(200, [['content-length', '100']]).body(message),
      },
    })

    assert.deepEqual([values(answer.fields, 'content-length'), h2Body(answer), code], [[], message, 13])
  })

  test('comes as trailers when the endpoint dies in the middle', async () => {
    const { answer, code, outcome } = await refused({
      script: {
        onRequest: ({ stream }) => {
          stream.head(200, [['content-type', 'application/grpc']]).body(message, 'open')
          setImmediate(() => stream.connection.socket.destroySoon())
        },
      },
    })

    assert.deepEqual([answer.status, h2Body(answer), answer.reset, code], [200, message, undefined, 14])
    assert.deepEqual([outcome.reason, outcome.grpcStatus], ['upstream_incomplete', 14])
  })
})

describe('a deadline', () => {
  test('goes on to the endpoint with what is left of it', async () => {
    await using stage = await h2Stage({ script: echo })

    await made(stage, call('/a.B/C', ['grpc-timeout', '2S']))

    const [text = ''] = values(stage.origin.requests[0]?.fields ?? [], 'grpc-timeout')
    assert.match(text, /^\d+m$/)
    assert.ok(Number.parseInt(text, 10) <= 2000)
  })

  test('of thousands of years is none that bothers anybody', async () => {
    await using stage = await h2Stage({ script: echo })

    const { code } = await made(stage, call('/a.B/C', ['grpc-timeout', '99999999H']))

    assert.equal(code, 0)
    assert.match(values(stage.origin.requests[0]?.fields ?? [], 'grpc-timeout')[0] ?? '', /^\d{8}H$/)
  })
})

describe('a call that ends before its first message', () => {
  test('is made again when its route retries the code', async () => {
    let calls = 0
    await using stage = await h2Stage({
      script: {
        onRequest: (request) => (calls++ < 2 ? status(14) : echo).onRequest?.(request),
      },
      route: { retry: { on: ['grpc-status'], attempts: 2 } },
    })

    const { answer, code } = await made(stage)

    assert.deepEqual([code, h2Body(answer)], [0, message])
    assert.deepEqual(
      stage.origin.requests.map(({ bytes }) => bytes),
      [10, 10, 10],
    )
    assert.equal((await stage.gateway.outcome()).attempts, 3)
  })

  for (const [what, route, code] of [
    ['by default', {}, 14],
    ['with a code that is not listed', { retry: { on: ['grpc-status'], grpcStatuses: ['aborted'] } }, 14],
  ] as const) {
    test(`is not made again ${what}`, async () => {
      await using stage = await h2Stage({ script: status(code), route })

      assert.equal((await made(stage)).code, code)
      assert.equal(stage.origin.requests.length, 1)
    })
  }

  test('is not made again once a message came', async () => {
    await using stage = await h2Stage({
      script: {
        onRequest: ({ stream }) =>
          stream
            .head(200, [['content-type', 'application/grpc']])
            .body(message, 'open')
            .trailers([['grpc-status', '14']]),
      },
      route: { retry: { on: ['grpc-status'] } },
    })

    assert.equal((await made(stage)).code, 14)
    assert.equal(stage.origin.requests.length, 1)
  })
})

describe('what is known of gRPC calls', () => {
  test('is their status by route, and by method as far as methods are known', async () => {
    await using stage = await h2Stage({ script: echo, route: { name: 'shop' } })

    await made(stage)
    await made(stage, call('/shop.Cart/Add'))
    stage.origin.script = status(12)
    await made(stage, call('/nobody.Knows/Me'))

    const text = await renderMetrics(stage.gateway.metrics.snapshot())
    const counted = text.split('\n').filter((line) => /^tidegate_grpc_.* [1-9]/.test(line))
    assert.deepEqual(counted, [
      'tidegate_grpc_responses_total{route="shop",grpc_status="0"} 2',
      'tidegate_grpc_responses_total{route="shop",grpc_status="12"} 1',
      'tidegate_grpc_method_responses_total{method="(other)",grpc_status="12"} 1',
      'tidegate_grpc_method_responses_total{method="shop.Cart/Add",grpc_status="0"} 2',
    ])
  })

  test('an endpoint is ejected that answers with UNAVAILABLE again and again', async () => {
    await using stage = await h2Stage({
      script: status(14),
      others: [echo],
      cluster: {
        balance: 'round-robin',
        outlier: { consecutiveFailures: 3, maxEjectedPercent: 100 },
      },
    })

    for (let i = 0; i < 12; i++) await made(stage)

    assert.equal(stage.origin.requests.length, 3)
  })
})
