import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RequestHead } from '../../../../../src/wire/h1/request-head.ts'
import { RequestReader } from '../../../../../src/wire/h2/head/request-head.ts'
import { requestPolicy } from '../../../../support/codec.ts'
import { decodeHex } from '../hpack/support.ts'
import { type Field, listOf, repeated, request } from './support.ts'

/** What came of a request: `malformed`, the reason of another refusal, or the head. */
function read(fields: readonly Field[], policy = requestPolicy): RequestHead | string {
  const head = new RequestHead()
  const list = listOf(fields)
  const refusal = new RequestReader().read(list, policy, head)
  if (refusal === undefined) return head
  return list.fault === 'malformed' ? list.fault : refusal.reason
}

function taken(fields: readonly Field[], policy = requestPolicy): RequestHead {
  const head = read(fields, policy)
  if (typeof head === 'string') throw new TypeError(head)
  return head
}

const extended = { ':method': 'CONNECT', ':protocol': 'websocket' }

const refused: readonly (readonly [what: string, outcome: string, fields: readonly Field[]])[] = [
  ['M01: connection', 'malformed', request({}, [['connection', 'close']])],
  ['M01: transfer-encoding', 'malformed', request({}, [['transfer-encoding', 'chunked']])],
  ['M02: a value with a line behind it', 'malformed', request({}, [['a', 'b\r\nc: d']])],
  ['M03: an empty name', 'malformed', request({}, [['', 'x']])],
  ['M04: a twin of content-length', 'bad_header', request({}, [['content_length', '5']])],
  ['M04: a twin of transfer-encoding', 'bad_header', request({}, [['transfer_encoding', 'chunked']])],
  ['M05: :status', 'malformed', request({ ':status': '200' })],
  ['M05: a pseudo field behind a field', 'malformed', [['a', 'b'], ...request()]],
  ['M05: :authority twice', 'malformed', [...request(), [':authority', 'a.test']]],
  ['M06: no :method', 'malformed', request({ ':method': undefined })],
  ['M06: no :path', 'malformed', request({ ':path': undefined })],
  ['M06: no :scheme', 'malformed', request({ ':scheme': undefined })],
  ['M06: nothing at all', 'malformed', []],
  ['M06: neither :authority nor host', 'bad_host', request({ ':authority': undefined })],
  ['M06: an empty :path', 'malformed', request({ ':path': '' })],
  ['M06: an empty :authority', 'bad_host', request({ ':authority': '' })],
  ['M06: an empty :authority beside host', 'bad_host', request({ ':authority': '' }, [['host', 'a.test']])],
  ['M06: an empty host', 'bad_host', request({ ':authority': undefined }, [['host', '']])],
  ['M07: :path without a slash', 'bad_target', request({ ':path': 'hello' })],
  ['M07: :path in absolute form', 'bad_target', request({ ':path': 'http://evil/x' })],
  ['M07: :path with a line of HTTP/1', 'malformed', request({ ':path': '/ HTTP/1.1\r\nx: y' })],
  ['M07: :path with a version', 'bad_target', request({ ':path': '/ HTTP/1.1' })],
  ['M07: :path with a space', 'bad_target', request({ ':path': '/a b' })],
  ['M07: a query with a space', 'bad_target', request({ ':path': '/a?b c' })],
  ['M07: :path with NUL', 'malformed', request({ ':path': '/\0' })],
  ['M07: :path with a tab', 'bad_path', request({ ':path': '/a\tb' })],
  ['M07: GET *', 'bad_target', request({ ':path': '*' })],
  ['M08: :path with an 8-bit byte', 'bad_path', request({ ':path': '/\xe4' })],
  ['M08: :path with #', 'bad_path', request({ ':path': '/a#b' })],
  ['M08: :path with a backslash', 'bad_path', request({ ':path': '/a\\b' })],
  ['M08: a query with #', 'bad_target', request({ ':path': '/a?b#c' })],
  ['M08: an encoded slash', 'bad_path', request({ ':path': '/a%2fb' })],
  ['M09: :method with a space', 'malformed', request({ ':method': 'GET /' })],
  ['M09: :method with CRLF', 'malformed', request({ ':method': 'GET\r\n' })],
  ['M09: an empty :method', 'malformed', request({ ':method': '' })],
  ['M09: :method in lower case', 'method_not_allowed', request({ ':method': 'get' })],
  ['M09: a custom method', 'method_not_allowed', request({ ':method': 'FOO' })],
  ['M09: PRI', 'method_not_allowed', request({ ':method': 'PRI' })],
  ['M09: TRACE', 'method_not_allowed', request({ ':method': 'TRACE' })],
  ['M10: :scheme with a URL', 'bad_target', request({ ':scheme': 'http://evil/x?' })],
  ['M10: :scheme with a space', 'malformed', request({ ':scheme': 'https ' })],
  ['M10: :scheme ftp', 'bad_target', request({ ':scheme': 'ftp' })],
  ['M10: an empty :scheme', 'bad_target', request({ ':scheme': '' })],
  ['M11: :authority with a path', 'bad_host', request({ ':authority': 'a.test/x' })],
  ['M11: :authority with a space', 'bad_host', request({ ':authority': 'a test' })],
  ['M11: :authority with CRLF', 'malformed', request({ ':authority': 'a.test\r\nx: y' })],
  ['M11: :authority with user information', 'bad_host', request({ ':authority': 'u@a.test' })],
  ['M11: :authority with a bad port', 'bad_host', request({ ':authority': 'a.test:99999' })],
  ['M12: host that differs', 'bad_host', request({}, [['host', 'b.test']])],
  ['M12: host with another port', 'bad_host', request({}, [['host', 'a.test:8443']])],
  [
    'M13: host twice',
    'bad_host',
    request({ ':authority': undefined }, [
      ['host', 'a.test'],
      ['host', 'a.test'],
    ]),
  ],
  [
    'M13: host twice beside :authority',
    'bad_host',
    request({}, [
      ['host', 'a.test'],
      ['host', 'a.test'],
    ]),
  ],
  [
    'M14: content-length twice',
    'bad_framing',
    request({}, [
      ['content-length', '3'],
      ['content-length', '3'],
    ]),
  ],
  ['M14: content-length +3', 'bad_framing', request({}, [['content-length', '+3']])],
  ['M14: content-length 0x3', 'bad_framing', request({}, [['content-length', '0x3']])],
  ['M14: content-length 3, 3', 'bad_framing', request({}, [['content-length', '3, 3']])],
  ['M14: an empty content-length', 'bad_framing', request({}, [['content-length', '']])],
  [
    'M14: content-length beyond counting',
    'body_too_large',
    request({}, [['content-length', '9'.repeat(20)]]),
  ],
  ['M18: another expectation', 'expectation_failed', request({}, [['expect', '200-ok']])],
  [
    'M19: plain CONNECT',
    'method_not_allowed',
    [
      [':method', 'CONNECT'],
      [':authority', 'a.test:443'],
    ],
  ],
  ['M19: CONNECT without :authority', 'malformed', [[':method', 'CONNECT']]],
  ['M19: CONNECT with a path', 'malformed', request({ ':method': 'CONNECT' })],
  ['M19: an empty :protocol', 'malformed', request({ ...extended, ':protocol': '' })],
  ['M19: :protocol with GET', 'malformed', request({ ':protocol': 'websocket' })],
  ['M19: extended CONNECT without :path', 'malformed', request({ ...extended, ':path': undefined })],
  ['M19: extended CONNECT without :scheme', 'malformed', request({ ...extended, ':scheme': undefined })],
  [
    'M19: extended CONNECT without :authority',
    'malformed',
    request({ ...extended, ':authority': undefined }),
  ],
  ['M19: a protocol that is none', 'bad_upgrade', request({ ...extended, ':protocol': 'a b' })],
  ['M19: extended CONNECT with a body', 'bad_upgrade', request(extended, [['content-length', '1']])],
  ['a :path longer than a request line', 'uri_too_long', request({ ':path': `/${'a'.repeat(8192)}` })],
  ['more fields than the limit', 'too_many_fields', request({}, repeated(101))],
]

describe('a request of HTTP/2 is refused for', () => {
  for (const [what, outcome, fields] of refused) {
    test(`${what}: ${outcome}`, () => {
      assert.equal(read(fields), outcome)
    })
  }

  test('a field that the policy counts, as HTTP/1 does', () => {
    const fields = request({}, repeated(3))

    assert.equal(read(fields, { ...requestPolicy, fields: 2 }), 'too_many_fields')
    assert.equal(read(fields, { ...requestPolicy, head: 100 }), 'head_too_large')
  })

  test('an odd name, when the policy rejects them', () => {
    assert.equal(read(request({}, [['a_b', 'c']]), { ...requestPolicy, underscores: 'reject' }), 'bad_header')
  })
})

const good: readonly (readonly [what: string, fields: readonly Field[], expected: Partial<RequestHead>])[] = [
  [
    'a plain GET',
    request({ ':path': '/a?b=c', ':authority': 'A.test:8443' }, [
      ['accept', '*/*'],
      ['x-own', 'y'],
    ]),
    {
      method: 'GET',
      version: 1,
      form: 'origin',
      authority: 'A.test:8443',
      host: 'a.test',
      path: '/a',
      query: 'b=c',
      hasQuery: true,
      fields: 'accept: */*\r\nx-own: y\r\n',
      contentLength: -1,
      chunked: false,
      keepAlive: true,
      upgrade: '',
    },
  ],
  [
    'M04: an underscore',
    request({}, [
      ['a_b', 'c'],
      ['d', 'e'],
    ]),
    { fields: 'd: e\r\n', droppedFields: 1 },
  ],
  ['M08: raw characters that browsers send', request({ ':path': '/"<>"' }), { path: '/%22%3C%3E%22' }],
  ['M08: dot segments', request({ ':path': '/a/../b/./c' }), { path: '/b/c' }],
  ['OPTIONS *', request({ ':method': 'OPTIONS', ':path': '*' }), { form: 'asterisk', path: '*' }],
  ['M10: http on any connection', request({ ':scheme': 'http' }), { host: 'a.test' }],
  ['M12: host that says the same', request({}, [['host', 'A.TEST']]), { authority: 'a.test', fields: '' }],
  [
    'M12: host alone',
    request({ ':authority': undefined }, [['host', 'b.test:80']]),
    { authority: 'b.test:80', host: 'b.test', fields: '' },
  ],
  [
    'M14: one content-length',
    request({ ':method': 'POST' }, [['content-length', '12']]),
    { contentLength: 12, fields: '' },
  ],
  [
    'M17: crumbs',
    request({}, [
      ['cookie', 'a=b'],
      ['x', 'y'],
      ['cookie', 'c=d'],
    ]),
    { fields: 'cookie: a=b; c=d\r\nx: y\r\n' },
  ],
  [
    'M18: expect and http2-settings',
    request({}, [
      ['expect', '100-continue'],
      ['http2-settings', 'x'],
    ]),
    { expectContinue: true, fields: '' },
  ],
  [
    'M18: expect without a body',
    request({}, [
      ['expect', '100-continue'],
      ['content-length', '0'],
    ]),
    { expectContinue: false, contentLength: 0 },
  ],
  [
    'M19: extended CONNECT',
    request({ ...extended, ':protocol': 'WebSocket' }, [['sec-websocket-version', '13']]),
    { method: 'GET', upgrade: 'websocket', path: '/t', fields: 'sec-websocket-version: 13\r\n' },
  ],
  ['te: trailers', request({}, [['te', 'trailers']]), { acceptsTrailers: true, fields: '' }],
  ['trailer', request({}, [['trailer', 'x-sum']]), { trailer: 'x-sum', fields: '' }],
  [
    'what only proxies may say',
    request({}, [
      ['x-forwarded-for', '1.2.3.4'],
      ['via', 'x'],
    ]),
    { fields: '', forwardedFor: '' },
  ],
  [
    'max-forwards',
    request({ ':method': 'OPTIONS' }, [['max-forwards', '3']]),
    { maxForwards: 3, fields: 'max-forwards: 2\r\n' },
  ],
  [
    'proxy fields',
    request({}, [
      ['proxy-authorization', 'x'],
      ['proxy', 'y'],
    ]),
    { fields: '' },
  ],
]

describe('a request of HTTP/2 is taken with', () => {
  for (const [what, fields, expected] of good) {
    test(what, () => {
      const head = taken(fields)

      const seen = Object.fromEntries(Object.keys(expected).map((key) => [key, Reflect.get(head, key)]))
      assert.deepEqual(seen, expected)
    })
  }

  test('what a trusted proxy says of the client', () => {
    const head = taken(request({}, [['x-forwarded-for', '1.2.3.4']]), { ...requestPolicy, trusted: true })

    assert.equal(head.forwardedFor, '1.2.3.4')
  })
})

describe('the reader of a connection', () => {
  test('reads every head as if it were the first', () => {
    const reader = new RequestReader()
    const used = new RequestHead()
    const rows = [...refused, ...good].map(
      ([, second, third]) => (typeof second === 'string' ? third : second) as Field[],
    )

    for (const fields of rows.flatMap((fields) => [fields, fields, request()])) {
      const fresh = new RequestHead()
      const faults = [
        reader.read(listOf(fields), requestPolicy, used),
        new RequestReader().read(listOf(fields), requestPolicy, fresh),
      ]

      assert.deepEqual(faults[0], faults[1])
      if (faults[0] === undefined) assert.deepEqual(Object.entries(used), Object.entries(fresh))
    }
  })

  test('hears another policy at once', () => {
    const reader = new RequestReader()
    const fields = request({ ':path': '/a%2fb' }, [['via', 'x']])
    const head = new RequestHead()

    assert.equal(reader.read(listOf(fields), requestPolicy, head)?.reason, 'bad_path')
    const lenient = { ...requestPolicy, encodedSlash: 'keep', trusted: true } as const
    assert.equal(reader.read(listOf(fields), lenient, head), undefined)
    assert.deepEqual([head.path, head.via], ['/a%2Fb', 'x'])
    assert.equal(reader.read(listOf(fields), requestPolicy, head)?.reason, 'bad_path')
  })

  test('says what a list that is too large or malformed was refused for', () => {
    const list = decodeHex('0001410162')
    assert.ok(list !== 'compression')

    assert.deepEqual(new RequestReader().read(list, requestPolicy, new RequestHead()), {
      reason: 'bad_header',
      detail: 'field "A"',
    })
  })
})
