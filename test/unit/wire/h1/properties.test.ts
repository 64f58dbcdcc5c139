import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { array, constantFrom, assert as hold, nat, property, tuple } from 'fast-check'
import { normalisePath } from '../../../../src/http/path.ts'
import { refusal } from '../../../../src/wire/h1/refusal.ts'
import { parseRequestHead, RequestHead } from '../../../../src/wire/h1/request-head.ts'
import { parseResponseHead, ResponseHead } from '../../../../src/wire/h1/response-head.ts'
import { requestRows } from '../../../corpus/requests.ts'
import { responseRows } from '../../../corpus/responses.ts'
import { asData, requestPolicy, responsePolicy } from '../../../support/codec.ts'

// What the codec does fast it must do as it would slowly: each short cut is held against the long way.

const piece = constantFrom(
  'a',
  'B',
  '.',
  '..',
  '/',
  '//',
  '%2e',
  '%41',
  '%c3%A9',
  '%20',
  ';x',
  '~',
  '{',
  '@',
  '-',
  '%2F',
  '%',
  ':',
)
const path = array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`)
const query = constantFrom('', '?', '?a=b', '?%zz{|}', '?a?b')
const line = constantFrom(
  'Accept: */*',
  'X-A:1',
  'x-a: 2',
  'Connection: x-a',
  'Connection: close',
  'Via: v',
  'TE: trailers',
  'Content-Length: 3',
  'Cookie: a=b',
  'X-Real-IP: 1',
)
const fields = array(line, { maxLength: 6 }).map((lines) => lines.map((text) => `${text}\r\n`).join(''))

function read(text: string, into: RequestHead): unknown {
  const fault = parseRequestHead(text, requestPolicy, into)
  return fault?.reason ?? asData(into)
}

describe('short cuts of the codec', () => {
  test('a plain target is read as the long way reads it', () => {
    hold(
      property(path, query, (path, query) => {
        const plain = new RequestHead()
        const long = new RequestHead()

        const plainFault = parseRequestHead(
          `GET ${path}${query} HTTP/1.1\r\nHost: a.test\r\n\r\n`,
          requestPolicy,
          plain,
        )
        const longFault = parseRequestHead(
          `GET http://a.test${path}${query} HTTP/1.1\r\nHost: a.test\r\n\r\n`,
          requestPolicy,
          long,
        )

        assert.equal(plainFault?.reason, longFault?.reason)
        if (plainFault === undefined)
          assert.deepEqual({ ...asData(plain), form: '' }, { ...asData(long), form: '' })
      }),
    )
  })

  test('a path that needs nothing is what normalising would make of it', () => {
    hold(
      property(path, (path) => assert.equal(normalisePath(path, 'keep'), normalisePath(`/;${path}`, 'keep'))),
    )
  })

  test('fields with an odd name among them are read as without it', () => {
    hold(
      property(fields, (fields) => {
        const plain = read(`GET / HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`, new RequestHead())
        const odd = read(`GET / HTTP/1.1\r\nHost: a.test\r\nx_y: z\r\n${fields}\r\n`, new RequestHead())

        assert.deepEqual(typeof odd === 'string' ? odd : { ...(odd as object), droppedFields: 0 }, plain)
      }),
    )
  })

  test('a head read after others is read as if it were the first', () => {
    const texts = array(
      tuple(path, fields, constantFrom('a.test', 'B.test:80', '', '@')).map(
        ([path, fields, host]) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`,
      ),
      { minLength: 1, maxLength: 3 },
    )
    hold(
      property(texts, array(nat(2), { maxLength: 12 }), (texts, order) => {
        const used = new RequestHead()

        for (const index of order) {
          const text = texts[index % texts.length] ?? ''
          assert.deepEqual(read(text, used), read(text, new RequestHead()))
        }
      }),
    )
  })

  test('every request row reads the same on a used head', () => {
    const used = new RequestHead()
    const heads = requestRows.map((row) => `${row.bytes.split('\r\n\r\n', 1)[0]}\r\n\r\n`)

    for (const text of [...heads, ...heads.flatMap((text) => [text, text])]) {
      assert.deepEqual(read(text, used), read(text, new RequestHead()))
    }
  })

  test('every response row reads the same on a used head', () => {
    const used = new ResponseHead()

    for (const row of [...responseRows, ...responseRows.flatMap((row) => [row, row])]) {
      const text = `${row.bytes.split('\r\n\r\n', 1)[0]}\r\n\r\n`
      const fresh = new ResponseHead()
      const faults = [
        parseResponseHead(text, responsePolicy, used),
        parseResponseHead(text, responsePolicy, fresh),
      ]
      assert.equal(faults[0]?.reason, faults[1]?.reason)
      if (faults[0] === undefined) assert.deepEqual(asData(used), asData(fresh))
    }
  })

  test('another policy is heard at once', () => {
    const head = new RequestHead()
    const text = 'GET /a%2fb HTTP/1.1\r\nHost: a.test\r\nVia: x\r\n\r\n'

    assert.equal(parseRequestHead(text, requestPolicy, head)?.reason, 'bad_path')
    assert.equal(
      parseRequestHead(text, { ...requestPolicy, encodedSlash: 'keep', trusted: true }, head),
      undefined,
    )
    assert.deepEqual([head.path, head.via], ['/a%2Fb', 'x'])
    assert.equal(parseRequestHead(text, requestPolicy, head)?.reason, 'bad_path')
  })

  test('what a caller writes into a head is gone after the next parse', () => {
    const head = new RequestHead()
    const text = 'GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n'
    const first = read(text, head)
    Object.assign(head, {
      host: 'evil',
      fields: 'X: y\r\n',
      path: '/admin',
      contentLength: 5,
      keepAlive: false,
    })

    assert.deepEqual(read(text, head), first)
  })
})

describe('a refusal', () => {
  test('quotes at most 80 characters, with nothing a log or a terminal would obey', () => {
    const { detail } = refusal('bad_header', 'line', `a\r\n\x1b[31m"\\\xe9${'x'.repeat(200)}`)

    assert.equal(detail, `line "a\\x0d\\x0a\\x1b[31m\\"\\\\\\xe9${'x'.repeat(55)}"…`)
  })
})
