import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DateText } from '../../../src/http/date.ts'
import { edgeFields, isEdgeField } from '../../../src/http/edge-fields.ts'
import { allowedMethods, isCarried, isIdempotent } from '../../../src/http/methods.ts'
import { isBodiless, reasonPhrase } from '../../../src/http/status.ts'
import { isFieldValue, isToken, tokenList } from '../../../src/http/tokens.ts'

describe('methods', () => {
  test('that are carried are the ones 405 answers name', () => {
    assert.deepEqual(
      allowedMethods.split(', ').filter((method) => !isCarried(method)),
      [],
    )
    assert.match(allowedMethods, /^GET, HEAD, POST/)
  })

  for (const method of ['TRACE', 'CONNECT', 'get', 'FOO', '', 'QUERY', 'constructor']) {
    test(`V03 ${JSON.stringify(method)} is not carried`, () => {
      assert.equal(isCarried(method), false)
    })
  }

  test('POST, PATCH and LOCK are not idempotent, GET, PUT and DELETE are', () => {
    assert.deepEqual(['POST', 'PATCH', 'LOCK', 'GET', 'PUT', 'DELETE'].map(isIdempotent), [
      false,
      false,
      false,
      true,
      true,
      true,
    ])
  })
})

describe('statuses', () => {
  for (const [status, phrase] of [
    [200, 'OK'],
    [404, 'Not Found'],
    [299, 'Success'],
    [599, 'Server Error'],
    [999, 'Unknown'],
  ] as const) {
    test(`${status} is ${phrase}`, () => {
      assert.equal(reasonPhrase(status), phrase)
    })
  }

  test('1xx, 204 and 304 have no body', () => {
    assert.deepEqual([100, 199, 200, 204, 205, 304, 404].map(isBodiless), [
      true,
      true,
      false,
      true,
      false,
      true,
      false,
    ])
  })
})

describe('tokens', () => {
  test('are told from other text', () => {
    assert.deepEqual(["a!#$%&'*+-.^_`|~9", '', 'a b', 'a:', 'é', 'a\n'].map(isToken), [
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })

  test('values may hold tabs and bytes above 7F, no other control, nothing above FF', () => {
    assert.deepEqual(['', 'a\tb\xff', 'a\r', 'a\n', '\0', '\x7f', '\u0100', '\u560d'].map(isFieldValue), [
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ])
  })

  for (const [value, most, list] of [
    ['', 4, []],
    ['a, B ,\tc', 4, ['a', 'b', 'c']],
    [',, a,', 4, ['a']],
    ['a b', 4, undefined],
    ['a,"b"', 4, undefined],
    ['a,b,c', 2, undefined],
    [','.repeat(5000), 4, undefined],
  ] as const) {
    test(`a list ${JSON.stringify(value.slice(0, 20))} of at most ${most} is ${JSON.stringify(list)}`, () => {
      assert.deepEqual(tokenList(value, most), list)
    })
  }
})

describe('fields of the edge', () => {
  for (const name of edgeFields) {
    test(`${name} is known in any case, and only as a whole name or a prefix`, () => {
      const line = `${name}${name.endsWith('-') ? 'x' : ''}: y`

      assert.equal(isEdgeField(`..${line.toUpperCase()}`, 2), true)
      assert.equal(isEdgeField(`q${line}`, 0), false)
    })
  }

  for (const line of [
    'x-forward: a',
    'viable: a',
    'b32: a',
    'forwarded-x: a',
    'x: a',
    'x-: a',
    'baggage-x: a',
    ': a',
    'accept: a',
  ]) {
    test(`${line} is none`, () => {
      assert.equal(isEdgeField(line, 0), false)
    })
  }
})

describe('the date', () => {
  test('is written as RFC 9110 §5.6.7 has it, and anew each second', () => {
    const date = new DateText()

    assert.equal(date.at(784_111_777_999), 'Sun, 06 Nov 1994 08:49:37 GMT')
    assert.equal(date.at(784_111_778_000), 'Sun, 06 Nov 1994 08:49:38 GMT')
    assert.equal(date.at(784_111_777_000), 'Sun, 06 Nov 1994 08:49:37 GMT')
  })
})
