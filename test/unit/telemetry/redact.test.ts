import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { redactQuery, redactText } from '../../../src/telemetry/redact.ts'

describe('redactQuery hides', () => {
  const table = [
    ['a=1&b=2', 'a=1&b=2'],
    ['token=abc', 'token=[secret]'],
    ['a=1&access_token=abc&b=2', 'a=1&access_token=[secret]&b=2'],
    ['PASSWORD=x', 'PASSWORD=[secret]'],
    ['%74oken=abc', '%74oken=[secret]'],
    ['X-Amz-Signature=0f', 'X-Amz-Signature=[secret]'],
    ['api_key=1&apikey=2&api-key=3', 'api_key=[secret]&apikey=[secret]&api-key=[secret]'],
    ['code=1', 'code=[secret]'],
    ['monkey=1&sort=key', 'monkey=1&sort=key'],
    ['token', 'token'],
    ['', ''],
  ] as const
  for (const [query, expected] of table) {
    test(`"${query}" as "${expected}"`, () => assert.equal(redactQuery(query), expected))
  }
})

describe('redactText hides', () => {
  const table = [
    [
      'the passwords of URLs',
      'redis://bob:hunter2@10.0.0.1/0 refused',
      'redis://[secret]@10.0.0.1/0 refused',
    ],
    ['bearer tokens', 'sent Authorization: Bearer abc.def-ghi', 'sent Authorization: [secret]'],
    ['schemes without the header', 'got "Basic dXNlcjpwYXNz"', 'got "Basic [secret]"'],
    ['pairs', 'bad url /x?token=abc&a=1, again', 'bad url /x?token=[secret]&a=1, again'],
    ['JSON', '{"password":"abc","a":1}', '{"password":"[secret]","a":1}'],
    ['nothing else', 'the token has expired at 10:00', 'the token has expired at 10:00'],
  ] as const
  for (const [name, text, expected] of table) {
    test(name, () => assert.equal(redactText(text), expected))
  }
})
