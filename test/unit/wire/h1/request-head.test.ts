import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseRequestHead, RequestHead, type RequestPolicy } from '../../../../src/wire/h1/request-head.ts'
import { asData, requestPolicy } from '../../../support/codec.ts'

const trusting: RequestPolicy = Object.freeze({ ...requestPolicy, trusted: true })

function parsed(text: string, policy = requestPolicy, into = new RequestHead()): RequestHead {
  assert.deepEqual(parseRequestHead(text, policy, into), undefined)
  return into
}

function reasonOf(text: string, policy = requestPolicy): string | undefined {
  return parseRequestHead(text, policy, new RequestHead())?.reason
}

function get(fields: string, line = 'GET /t HTTP/1.1'): string {
  return `${line}\r\nHost: a.test\r\n${fields}\r\n`
}

describe('a request head', () => {
  test('gives method, target, host and the lines that go on, byte for byte', () => {
    const head = parsed(
      'POST /a%2Db//c?q=%zz HTTP/1.1\r\nACCEPT:  */* \r\nHost: A.Test.:80\r\nX-A:\xe9\r\nContent-Length: 07\r\n\r\n',
    )

    assert.deepEqual(
      [head.method, head.path, head.query, head.hasQuery, head.authority, head.host, head.form, head.version],
      ['POST', '/a-b/c', 'q=%zz', true, 'A.Test.:80', 'a.test', 'origin', 1],
    )
    assert.equal(head.fields, 'ACCEPT:  */* \r\nX-A:\xe9\r\n')
    assert.deepEqual([head.contentLength, head.chunked, head.keepAlive], [7, false, true])
  })

  test('is as new after blanking', () => {
    const head = parsed(
      get('Via: x\r\nTE: trailers\r\nX-Forwarded-Proto: a\r\nTrailer: t\r\n', 'OPTIONS /t?q HTTP/1.1'),
      trusting,
    )

    head.blank()

    assert.deepEqual(asData(head), { ...asData(new RequestHead()), keepAlive: false })
  })

  test('tells a target with an empty query from one without', () => {
    assert.deepEqual([parsed(get('', 'GET /t? HTTP/1.1')).hasQuery, parsed(get('')).hasQuery], [true, false])
  })

  test('T06 takes the authority of an absolute target over the host', () => {
    const head = parsed(get('', 'GET HTTP://B.test:81/x?y HTTP/1.1'))

    assert.deepEqual(
      [head.form, head.authority, head.host, head.path, head.query],
      ['absolute', 'B.test:81', 'b.test', '/x', 'y'],
    )
  })

  for (const target of ['*', 'http://a.test']) {
    test(`T09 OPTIONS ${target} is the asterisk form`, () => {
      const head = parsed(get('', `OPTIONS ${target} HTTP/1.1`))

      assert.deepEqual([head.form, head.path, head.host], ['asterisk', '*', 'a.test'])
    })
  }

  test('V10 an HTTP/1.0 client never keeps its connection', () => {
    assert.equal(parsed(get('Connection: keep-alive\r\n', 'GET /t HTTP/1.0')).keepAlive, false)
  })

  for (const value of [
    'close',
    'Close',
    'CLOSE',
    'keep-alive, close',
    'close ,x',
    'keep-alive\r\nConnection: close',
  ]) {
    test(`V11 Connection: ${JSON.stringify(value)} ends the connection`, () => {
      assert.equal(parsed(get(`Connection: ${value}\r\n`)).keepAlive, false)
    })
  }

  test('V11 Proxy-Connection: close ends the connection too', () => {
    assert.equal(parsed(get('Proxy-Connection: close\r\nConnection: keep-alive\r\n')).keepAlive, false)
  })

  test('V06 expects 100-continue only with a body to withhold', () => {
    const fields = 'Expect: 100-Continue\r\n'

    assert.equal(parsed(get(`${fields}Content-Length: 1\r\n`, 'PUT /t HTTP/1.1')).expectContinue, true)
    assert.equal(parsed(get(`${fields}Content-Length: 0\r\n`, 'PUT /t HTTP/1.1')).expectContinue, false)
    assert.equal(parsed(get(`${fields}Content-Length: 1\r\n`, 'PUT /t HTTP/1.0')).expectContinue, false)
    assert.equal(parsed(get(fields)).fields, '')
  })

  for (const [fields, upgrade] of [
    ['Upgrade: WebSocket\r\nConnection: Upgrade\r\n', 'websocket'],
    ['Upgrade: HTTP/2.0\r\nConnection: keep-alive, upgrade\r\n', 'http/2.0'],
    ['Upgrade: websocket\r\n', ''],
    ['Connection: upgrade\r\n', ''],
  ] as const) {
    test(`U03 ${JSON.stringify(fields)} asks for ${JSON.stringify(upgrade)}`, () => {
      const head = parsed(get(fields))

      assert.deepEqual([head.upgrade, head.fields], [upgrade, ''])
    })
  }

  for (const [te, accepts] of [
    ['trailers', true],
    ['gzip, Trailers ;q=1', false],
    ['gzip;q=0.5, TRAILERS', true],
    ['trailersx', false],
    ['', false],
  ] as const) {
    test(`H02 TE: ${JSON.stringify(te)} ${accepts ? 'accepts' : 'does not accept'} trailers`, () => {
      assert.equal(parsed(get(`TE: ${te}\r\n`)).acceptsTrailers, accepts)
    })
  }

  for (const [value, forwards, sent] of [
    ['0', 0, ''],
    ['5', 5, 'max-forwards: 4\r\n'],
    ['\r\nMax-Forwards: 3', -1, 'Max-Forwards: \r\nMax-Forwards: 3\r\n'],
    ['x', -1, 'Max-Forwards: x\r\n'],
    ['1\r\nMax-Forwards: 1', -1, 'Max-Forwards: 1\r\nMax-Forwards: 1\r\n'],
  ] as const) {
    test(`V13 OPTIONS with Max-Forwards: ${JSON.stringify(value)}`, () => {
      const head = parsed(get(`Max-Forwards: ${value}\r\n`, 'OPTIONS /t HTTP/1.1'))

      assert.deepEqual([head.maxForwards, head.fields], [forwards, sent])
    })
  }

  test('V13 leaves Max-Forwards of other methods alone', () => {
    const head = parsed(get('Max-Forwards: 3\r\n'))

    assert.deepEqual([head.maxForwards, head.fields], [-1, 'Max-Forwards: 3\r\n'])
  })
})

describe('fields that do not go on', () => {
  const always = [
    'Connection: x',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: x',
    'Proxy: http://evil',
    'TE: gzip',
    'Trailer: X',
    'HTTP2-Settings: AAMAAABk',
    'Expect: 100-continue',
    'Transfer-Encoding: chunked',
  ]
  for (const line of always) {
    test(`H02 ${line} from anybody`, () => {
      const policies = [requestPolicy, trusting]

      for (const policy of policies)
        assert.equal(parsed(get(`A: 1\r\n${line}\r\nB: 2\r\n`), policy).fields, 'A: 1\r\nB: 2\r\n')
    })
  }

  const fromStrangers =
    `X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host X-Forwarded-Port X-Forwarded-Prefix X-Forwarded-Ssl
    X-Forwarded-Anything X-Forwarded Forwarded X-Real-IP True-Client-IP CF-Connecting-IP X-Client-IP X-Cluster-Client-IP Via
    X-Envoy-Internal X-ENVOY-anything X-Forwarded-Client-Cert l5d-dst-override L5D-ctx-trace dtab-local X-Istio-Attributes
    X-Amzn-Trace-Id X-Original-URL X-Rewrite-URL X-SSL-Client-Verify SSL-Client-Cert Client-Cert X-Request-Id traceparent
    tracestate baggage b3 X-B3-TraceId X-OT-Span-Context X-Remote-User`.split(/\s+/)
  for (const name of fromStrangers) {
    test(`H03 ${name} from a peer that is not trusted`, () => {
      const head = parsed(get(`${name}: 9.9.9.9\r\nx-other: y\r\n${name.toUpperCase()}: z\r\n`))

      assert.equal(head.fields, 'x-other: y\r\n')
      assert.deepEqual([head.forwardedFor, head.forwarded, head.requestId, head.via], ['', '', '', ''])
    })
  }

  for (const name of [
    'X-HTTP-Method-Override',
    'Accept',
    'X-Custom',
    'Cookie',
    'Client-Version',
    'Forwards',
    'Viable',
    'X-For',
  ]) {
    test(`V05 not ${name}`, () => {
      assert.equal(parsed(get(`${name}: a\r\n`)).fields, `${name}: a\r\n`)
    })
  }

  test('H03 a trusted proxy is heard, and the gateway writes its own lines', () => {
    const head = parsed(
      get(
        'X-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b.test\r\n' +
          'X-Forwarded-Port: 443\r\nForwarded: for=1.1.1.1\r\nX-Request-Id: abc.1\r\nVia: 1.1 x\r\nl5d-ctx-trace: t\r\n',
      ),
      trusting,
    )

    assert.equal(head.fields, 'l5d-ctx-trace: t\r\n')
    assert.deepEqual(
      [
        head.forwardedFor,
        head.forwardedProto,
        head.forwardedHost,
        head.forwardedPort,
        head.forwarded,
        head.requestId,
        head.via,
      ],
      ['1.1.1.1, 2.2.2.2', 'https', 'b.test', '443', 'for=1.1.1.1', 'abc.1', '1.1 x'],
    )
  })

  for (const id of ['a b', 'x'.repeat(129), 'a\r\nX-Request-Id: b', '"', 'ä']) {
    test(`H04 a trusted proxy's odd request id ${JSON.stringify(id.slice(0, 30))} is not taken`, () => {
      assert.equal(parsed(get(`X-Request-Id: ${id}\r\n`), trusting).requestId, '')
    })
  }

  test('H01 what Connection names, wherever it stands', () => {
    const head = parsed(get('X-A: 1\r\nConnection: x-a, close\r\nx-A: 2\r\nX-B: 3\r\n'))

    assert.equal(head.fields, 'X-B: 3\r\n')
  })

  test('what is of our own making passes, and what belongs to the connection does not', () => {
    const own =
      'x-forwarded-for: 1.1.1.1\r\nvia: 1.1 x\r\nx-request-id: abc.1\r\nssl-client-verify: SUCCESS\r\n'
    const head = parsed(get(`${own}te: trailers\r\nkeep-alive: 1\r\n`), {
      ...requestPolicy,
      trusted: 'wholly',
    })

    assert.deepEqual([head.fields, head.forwardedFor, head.requestId], [own, '', ''])
  })

  for (const name of ['X-Forwarded-For', 'x-forwarded-proto', 'Forwarded', 'X-Real-Ip', 'via']) {
    test(`H01 ${name} is refused when a trusted proxy says it and takes it out`, () => {
      const fields = `X-Forwarded-For: 1.1.1.1\r\nVia: x\r\nConnection: close, ${name}\r\n`

      const refusal = parseRequestHead(get(fields), trusting, new RequestHead())

      assert.equal(refusal?.reason, 'bad_header')
    })
  }
})

describe('names with underscores', () => {
  const fields = 'X_A: 1\r\nB: 2\r\nX_Forwarded_For: 9.9.9.9\r\n'

  test('G08 are dropped and counted', () => {
    const head = parsed(get(fields))

    assert.deepEqual([head.fields, head.droppedFields], ['B: 2\r\n', 2])
  })

  test('G08 are refused where the listener says so', () => {
    assert.equal(reasonOf(get(fields), { ...requestPolicy, underscores: 'reject' }), 'bad_header')
  })

  test('H05 pass where the listener says so, but for twins of what the edge strips', () => {
    const head = parsed(get(`${fields}l5d_x: 1\r\nCONNECTION_: x\r\nProxy_X: 1\r\n`), {
      ...requestPolicy,
      underscores: 'allow',
    })

    assert.deepEqual([head.fields, head.droppedFields], ['X_A: 1\r\nB: 2\r\nCONNECTION_: x\r\n', 3])
  })

  for (const underscores of ['drop', 'reject', 'allow'] as const) {
    test(`F15 twins of framing names are refused under ${underscores}`, () => {
      for (const name of ['Content_Length', 'transfer_encoding', 'Transfer__Encoding']) {
        assert.equal(reasonOf(get(`${name}: 1\r\n`), { ...requestPolicy, underscores }), 'bad_header')
      }
    })
  }
})

describe('limits of a head', () => {
  test('a head is measured as name, value and 32 for each field', () => {
    const text = get('A: b\r\n')

    assert.equal(reasonOf(text, { ...requestPolicy, head: 4 + 7 + 32 + 1 + 2 + 32 }), undefined)
    assert.equal(reasonOf(text, { ...requestPolicy, head: 4 + 7 + 32 + 1 + 2 + 31 }), 'head_too_large')
  })

  test('0 is no limit', () => {
    assert.equal(
      reasonOf(get('A: b\r\n'.repeat(500)), { ...requestPolicy, fields: 0, head: 0, requestLine: 0 }),
      undefined,
    )
  })

  test('a request line is measured without its end', () => {
    assert.equal(reasonOf(get(''), { ...requestPolicy, requestLine: 15 }), undefined)
    assert.equal(reasonOf(get(''), { ...requestPolicy, requestLine: 14 }), 'uri_too_long')
  })
})
