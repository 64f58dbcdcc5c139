import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { authorityPort, normaliseHost } from '../../../src/http/authority.ts'

describe('normaliseHost', () => {
  for (const [authority, host] of [
    ['a.test', 'a.test'],
    ['A.TEST', 'a.test'],
    ['a.test.', 'a.test'],
    ['a.test:443', 'a.test'],
    ['A.test.:8080', 'a.test'],
    ['localhost', 'localhost'],
    ['my_service-1', 'my_service-1'],
    ['10.0.0.1:80', '10.0.0.1'],
    ['[::1]', '[::1]'],
    ['[0:0:0:0:0:0:0:1]:80', '[::1]'],
    ['[2001:DB8::1]', '[2001:db8::1]'],
    ['[::FFFF:1.2.3.4]', '[::ffff:102:304]'],
    ['a'.repeat(63), 'a'.repeat(63)],
    [
      `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`,
      `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`,
    ],
  ] as const) {
    test(`makes ${host.slice(0, 40)} of ${authority.slice(0, 40)}`, () => {
      assert.equal(normaliseHost(authority), host)
    })
  }

  for (const authority of [
    '',
    '.',
    '..',
    'a..b',
    '.a',
    'a.test..',
    'u@a.test',
    'a.test/',
    'a.test?',
    'a.test#',
    'a\\b',
    'a b',
    'a\tb',
    'a%2eb',
    '\xff',
    'a.test:',
    'a.test:0',
    'a.test:65536',
    'a.test:000080',
    'a.test:80:80',
    'a.test:8o',
    '::1',
    '[::1',
    '[::1]x',
    '[::1]:',
    '[::g]',
    '[1.2.3.4]',
    '[fe80::1%eth0]',
    '[]',
    'a,b',
    'a.test\n',
    'a'.repeat(64),
    `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(62)}`,
    `${'A'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(62)}`,
  ]) {
    test(`T03 refuses ${JSON.stringify(authority.slice(0, 40))}`, () => {
      assert.equal(normaliseHost(authority), undefined)
    })
  }
})

describe('authorityPort', () => {
  for (const [authority, port] of [
    ['a.test', undefined],
    ['a.test:8080', 8080],
    ['[::1]', undefined],
    ['[::1]:81', 81],
    ['[2001:db8::80]', undefined],
  ] as const) {
    test(`is ${port} in ${authority}`, () => {
      assert.equal(authorityPort(authority), port)
    })
  }
})
