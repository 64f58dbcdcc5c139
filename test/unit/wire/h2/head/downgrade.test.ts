import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Arbitrary,
  array,
  asyncProperty,
  constantFrom,
  assert as hold,
  integer,
  oneof,
  record,
  string,
} from 'fast-check'
import { RequestHead } from '../../../../../src/wire/h1/request-head.ts'
import { requestHeadText } from '../../../../../src/wire/h1/serialise.ts'
import { RequestReader } from '../../../../../src/wire/h2/head/request-head.ts'
import { NodeRequestParser } from '../../../../fuzz/node-parser.ts'
import { pairsOf } from '../../../../fuzz/oracle.ts'
import { readRequests, requestPolicy } from '../../../../support/codec.ts'
import { type Field, listOf } from './support.ts'

// M20: what HTTP/2 let in must leave for an upstream of HTTP/1 as the one request it was.

const bytes = string({
  unit: integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 6,
})
const odd = oneof(bytes, constantFrom('a\r\nb: c', '\r\n\r\nGET /smug HTTP/1.1\r\n', ' ', '\t', 'a b', ''))
const rarely = (usual: string[], strange: Arbitrary<string>) =>
  oneof({ weight: 24, arbitrary: constantFrom(...usual) }, { weight: 1, arbitrary: strange })

const method = rarely(['GET', 'POST', 'OPTIONS', 'PUT', 'HEAD'], odd)
const path = oneof(
  constantFrom(
    '/',
    '/a',
    '/a?b=c',
    '/a/../b',
    '/a?',
    '*',
    '/%2e%2e/x',
    '/a;b/..;c/d',
    '//x',
    '/?a b',
    '/"<>',
    '/\xe4',
  ),
  array(rarely(['/', 'a', '.', '..', '%41', '%2F', ';', '?', '=', ' HTTP/1.1'], odd), { maxLength: 8 }).map(
    (pieces) => `/${pieces.join('')}`,
  ),
)
const authority = rarely(
  ['a.test', 'A.test:80', '[::1]:8080', 'b.test', 'u@a.test', 'a.test/x', 'a..test'],
  odd,
)
const refusedFields = constantFrom<Field>(
  ['host', 'b.test'],
  ['content_length', '3'],
  ['transfer-encoding', 'chunked'],
  ['transfer_encoding', 'chunked'],
  ['connection', 'close'],
  ['proxy-connection', 'close'],
)
const field = oneof(
  {
    weight: 12,
    arbitrary: constantFrom<Field>(
      ['host', 'a.test'],
      ['content-length', '3'],
      ['content-length', '0'],
      ['te', 'trailers'],
      ['trailer', 'x-sum'],
      ['expect', '100-continue'],
      ['cookie', 'a=b'],
      ['cookie', 'c=d; e'],
      ['x-own', '1'],
      ['x_own', '1'],
      ['max-forwards', '2'],
      ['via', 'x'],
      ['http2-settings', 'AA'],
      ['content-type', 'a/b;\tc="\xe4"'],
    ),
  },
  { weight: 1, arbitrary: refusedFields },
  {
    weight: 6,
    arbitrary: record({
      name: rarely(['a', 'x-b', 'c.d', '__proto__'], odd),
      value: rarely(['1', 'b c', ''], odd),
    }).map(({ name, value }): Field => [name, value]),
  },
)
const cases = record({
  method,
  path,
  authority,
  scheme: rarely(['https', 'http'], odd),
  fields: array(field, { maxLength: 6 }),
})

test('M20: whatever is taken reads as the same one request of HTTP/1, to us and to Node', async () => {
  const parser = new NodeRequestParser()
  const reader = new RequestReader()
  const head = new RequestHead()
  let takenCount = 0

  await hold(
    asyncProperty(cases, async ({ method, path, authority, scheme, fields }) => {
      const pseudo: Field[] = [
        [':method', method],
        [':scheme', scheme],
        [':authority', authority],
        [':path', path],
      ]
      if (reader.read(listOf([...pseudo, ...fields]), requestPolicy, head) !== undefined) return
      takenCount++
      const target = head.hasQuery ? `${head.path}?${head.query}` : head.path
      const body = head.contentLength > 0 ? 'x'.repeat(head.contentLength) : ''
      const framing = head.contentLength >= 0 ? head.contentLength : 'none'
      const text = requestHeadText(head.method, target, head.authority, head.fields, framing) + body

      const ours = readRequests([Buffer.from(text, 'latin1')])
      const nodes = await parser.read(text)

      assert.deepEqual([ours.messages.length, ours.rest, nodes.length], [1, 'idle', 1])
      const again = ours.messages[0]?.head ?? {}
      for (const key of [
        'method',
        'form',
        'authority',
        'host',
        'path',
        'query',
        'hasQuery',
        'contentLength',
      ] as const)
        assert.equal(again[key], head[key])
      assert.equal(ours.messages[0]?.body, body)
      const isCounted = head.maxForwards > 0
      if (!isCounted) assert.equal(again['fields'], head.fields)
      const node = nodes[0]
      assert.deepEqual([node?.method, node?.target, node?.body], [head.method, target, body])
      const own = node?.fields.filter(([name]) => name !== 'host' && name !== 'content-length')
      assert.deepEqual(own, pairsOf(head.fields))
      const framed = node?.fields.filter(([name]) => name === 'host' || name === 'content-length')
      assert.deepEqual(framed, [
        ['host', head.authority],
        ...(framing === 'none' ? [] : [['content-length', String(framing)]]),
      ])
    }),
    { numRuns: 10_000, seed: 20_261_120 },
  )

  assert.ok(takenCount > 1500, `only ${takenCount} were taken`)
})
