import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HeadReader, needMore, refused } from '../../../../src/wire/h1/head-reader.ts'

const head = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

describe('the head reader', () => {
  test('gives the head and the index behind it, wherever they lie in a buffer', () => {
    const reader = new HeadReader('request', { line: 100, head: 100 })
    const buffer = bytes(`stale\r\n\r\n${head}BODY${head}`)

    const next = reader.push(buffer, 9, 9 + head.length + 4)

    assert.deepEqual([next, reader.text, reader.empty], [9 + head.length, head, true])
  })

  test('never looks behind the end it is given', () => {
    const reader = new HeadReader('request', { line: 100, head: 100 })

    assert.equal(reader.push(bytes(head), 0, head.length - 1), needMore)
    assert.equal(reader.empty, false)
    assert.equal(reader.push(bytes('\n'), 0, 1), 1)
    assert.equal(reader.text, head)
  })

  test('takes a head that repeats, and one that differs in its last byte', () => {
    const reader = new HeadReader('request', { line: 100, head: 100 })
    const other = head.replace('a.test', 'b.test')

    for (const text of [head, head, other, head]) {
      assert.equal(reader.push(bytes(text), 0, text.length), text.length)
      assert.equal(reader.text, text)
    }
  })

  test('takes a repeated head apart from what follows it', () => {
    const reader = new HeadReader('request', { line: 100, head: 100 })
    const buffer = bytes(head + head + head.slice(0, 5))

    assert.equal(reader.push(buffer, 0, head.length), head.length)
    assert.equal(reader.push(buffer, head.length, buffer.length), head.length * 2)
    assert.equal(reader.push(buffer, head.length * 2, buffer.length), needMore)
    assert.equal(reader.empty, false)
  })

  test('counts empty lines before a request as nothing held', () => {
    const reader = new HeadReader('request', { line: 100, head: 100 })

    assert.equal(reader.push(bytes('\r\n\r'), 0, 3), needMore)
    assert.equal(reader.empty, true)
    assert.equal(reader.push(bytes(`\n${head}`), 0, head.length + 1), head.length + 1)
    assert.equal(reader.push(bytes('\r\n'.repeat(4)), 0, 8), needMore)
    assert.equal(reader.push(bytes('\r\n'), 0, 2), refused)
  })

  test('forgets what it held on reset', () => {
    const reader = new HeadReader('request', { line: 100, head: 100 })
    reader.push(bytes('GET / HT'), 0, 8)

    reader.reset()

    assert.equal(reader.empty, true)
    assert.equal(reader.push(bytes(head), 0, head.length), head.length)
    assert.equal(reader.text, head)
  })

  for (const text of [
    'GET / HTTP/1.1\r\nA: b\nC',
    'GET / HTTP/1.1\r\nA: \0',
    'GET / HTTP/1.1\rX',
    'GET /\r\n',
    '\x16\x03\x01',
    'x y z\r\n',
  ]) {
    test(`G01 refuses ${JSON.stringify(text)} without waiting for more`, () => {
      const reader = new HeadReader('request', { line: 100, head: 100 })

      assert.equal(reader.push(bytes(text), 0, text.length), refused)
      assert.equal(reader.refusal?.reason, 'bad_request_line')
    })
  }

  for (const text of ['HTTP/1.1 200 OK\nA', '\nHTTP', '\r\nHTTP', 'HTTP/1.1 OK\r\n', '\x15\x03\x03']) {
    test(`R12 refuses ${JSON.stringify(text)} from an upstream without waiting for more`, () => {
      const reader = new HeadReader('response', { line: 100, head: 100 })

      assert.equal(reader.push(bytes(text), 0, text.length), refused)
      assert.equal(reader.refusal?.reason, 'upstream_bad_response')
    })
  }
})

describe('limits of the head reader', () => {
  const line = `GET /${'x'.repeat(36)} HTTP/1.1`
  const fields = `\r\nA: ${'y'.repeat(43)}\r\n\r\n`
  const limits = { line: line.length, head: fields.length - 2 }

  for (const pieces of ['whole', 'byte by byte'] as const) {
    test(`G12 takes a head that is as long as allowed, ${pieces}`, () => {
      assert.deepEqual(outcome(limits, line + fields, pieces), 'taken')
    })

    test(`G12 refuses a line that is one byte longer, ${pieces}`, () => {
      assert.deepEqual(outcome({ ...limits, line: line.length - 1 }, line + fields, pieces), 'uri_too_long')
    })

    test(`G12 refuses fields that are one byte longer, ${pieces}`, () => {
      assert.deepEqual(outcome({ ...limits, head: limits.head - 1 }, line + fields, pieces), 'head_too_large')
    })

    test(`G12 refuses a line that never ends, ${pieces}`, () => {
      assert.deepEqual(outcome(limits, `GET /${'x'.repeat(100)}`, pieces), 'uri_too_long')
    })

    test(`takes any length where 0 says no limit, ${pieces}`, () => {
      const long = `GET /${'x'.repeat(9000)} HTTP/1.1\r\n${`A: ${'y'.repeat(100)}\r\n`.repeat(50)}\r\n`

      assert.equal(outcome({ line: 0, head: 0 }, long, pieces), 'taken')
    })
  }

  test('R11 names the upstream in what it refuses', () => {
    const reader = new HeadReader('response', { line: 20, head: 20 })

    assert.equal(reader.push(bytes(`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(50)}`), 0, 60), refused)
    assert.equal(reader.refusal?.reason, 'upstream_head_too_large')
  })
})

function outcome(
  limits: { line: number; head: number },
  text: string,
  pieces: 'whole' | 'byte by byte',
): string {
  const reader = new HeadReader('request', limits)
  const parts = pieces === 'whole' ? [bytes(text)] : Array.from(text, (character) => bytes(character))
  let last = needMore
  for (const part of parts) {
    last = reader.push(part, 0, part.length)
    if (last !== needMore) break
  }
  if (last === needMore) return 'waits'
  return last === refused ? (reader.refusal?.reason ?? 'no reason') : 'taken'
}
