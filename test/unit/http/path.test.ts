import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { array, constantFrom, assert as hold, property, string } from 'fast-check'
import { normalisePath } from '../../../src/http/path.ts'
import { served } from '../../support/lenient-path.ts'

describe('normalisePath', () => {
  for (const [raw, path] of [
    ['/', '/'],
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['/a.b/..c/.d/...', '/a.b/..c/.d/...'],
    ["/a:b@c!$&'()*+,=[]", "/a:b@c!$&'()*+,=[]"],
    ['/a%20b/%C3%A9', '/a%20b/%C3%A9'],
    ['/a%c3%a9', '/a%C3%A9'],
    ['/%7euser/%41%2dz', '/~user/A-z'],
    ['/a/b/../c', '/a/c'],
    ['/a/b/..', '/a/'],
    ['/a/b/.', '/a/b/'],
    ['/a/%2e%2E/b', '/b'],
    ['/a/.%2e/b', '/b'],
    ['/..', '/'],
    ['/.', '/'],
    ['/%2e', '/'],
    ['/../../../admin', '/admin'],
    ['//a', '/a'],
    ['/a//b///c//', '/a/b/c/'],
    ['//', '/'],
    ['/a;x=1/b;y', '/a;x=1/b;y'],
    ['/a/..;/b', '/b'],
    ['/a/..;foo=bar/b', '/b'],
    ['/a/.;x/b', '/a/b'],
    ['/;/b', '/b'],
    ['/a/;x=1', '/a/'],
    ['/a/%2e%2e;x/b', '/b'],
    ['/a/b%3bx/c', '/a/b%3Bx/c'],
    ['/a/..%252fb', '/a/..%252fb'],
    ['/%252e%252e/b', '/%252e%252e/b'],
    ['/a"<>^`{|}b', '/a%22%3C%3E%5E%60%7B%7C%7Db'],
    ['/%ef%bc%8fadmin', '/%EF%BC%8Fadmin'],
    ['/%3fadmin%23', '/%3Fadmin%23'],
    ['/M%FCller/%F8', '/M%FCller/%F8'],
    ['/%F0%9F%98%80', '/%F0%9F%98%80'],
    ['/%E0%B8%81', '/%E0%B8%81'],
  ] as const) {
    test(`makes ${path} of ${raw}`, () => {
      assert.equal(normalisePath(raw, 'reject'), path)
    })
  }

  for (const raw of [
    '',
    'a',
    '*',
    '/a\\b',
    '/a%5cb',
    '/a%5Cb',
    '/%',
    '/%4',
    '/%4/',
    '/%zz',
    '/%u002e',
    '/%2%65',
    '/a%00',
    '/a%0d%0ab',
    '/a%09',
    '/a%7f',
    '/a\x01b',
    '/a b',
    '/a\x7fb',
    '/a\x80b',
    '/a#b',
    '/a?b',
    '/a\n',
    '/%c0%ae',
    '/%C1%1C',
    '/%c0%2f',
    '/%e0%80%ae',
    '/%e0%9f%bf',
    '/%f0%80%80%ae',
    '/%f8%80%80%80%ae',
    '/%fc%80%80%80%80%ae',
    '/a%2fb',
    '/%2F',
    '/a/..%3bx/b',
    '/a/%2e%3B/b',
    '/%3b/admin',
  ]) {
    test(`refuses ${JSON.stringify(raw)}`, () => {
      assert.equal(normalisePath(raw, 'reject'), undefined)
    })
  }

  for (const [raw, path] of [
    ['/a%2fb', '/a%2Fb'],
    ['/%2f', '/%2F'],
    ['/a%2F../b%2Fc', undefined],
    ['/a/..%2fb', undefined],
    ['/a%2f..', undefined],
    ['/a%2f..;x/b', undefined],
    ['/..;x%2fb', undefined],
    ['/a%2f%2e%2e%2fb', undefined],
    ['/a%2f.', undefined],
    ['/a%2f.b/..c%2f', '/a%2F.b/..c%2F'],
    ['/a%2fb/../c', '/c'],
  ] as const) {
    test(`with slashes kept makes ${path} of ${raw}`, () => {
      assert.equal(normalisePath(raw, 'keep'), path)
    })
  }

  const pieces = constantFrom(
    'a',
    'admin',
    '.',
    '..',
    '/',
    '//',
    ';',
    ';x',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%41',
    '%25',
    '%3b',
    '2e',
    '%',
    '{',
    '%c0',
    '%ae',
    '%E0',
    '%80',
    '~',
  )
  const paths = array(pieces, { maxLength: 14 }).map((list) => `/${list.join('')}`)

  for (const slash of ['reject', 'keep'] as const) {
    test(`X06 twice changes nothing, with slashes ${slash}`, () => {
      hold(
        property(paths, (raw) => {
          const once = normalisePath(raw, slash)
          assert.equal(once === undefined ? undefined : normalisePath(once, slash), once)
        }),
        { numRuns: 1000 },
      )
    })
  }

  test('X06 leaves nothing for a careless origin to resolve', () => {
    hold(
      property(paths, (raw) => {
        const path = normalisePath(raw, 'reject')
        const segments = decodedBytes(path ?? '/').split('/')
        assert.equal(served(path ?? '/'), `/${segments.filter((segment) => segment !== '').join('/')}`)
      }),
      { numRuns: 1000 },
    )
  })

  test('gives visible ASCII or nothing, whatever comes', () => {
    hold(
      property(string({ unit: 'binary' }), (raw) =>
        assert.match(normalisePath(`/${raw}`, 'keep') ?? '/', /^\/[\x21-\x7e]*$/),
      ),
    )
  })

  for (const raw of [`${'/a/b/c/../../..'.repeat(83)}/admin`, `${'/'.repeat(7000)}admin`]) {
    test(`takes ${raw.slice(0, 20)}… of ${raw.length} bytes`, () => {
      assert.equal(normalisePath(raw, 'reject'), '/admin')
    })
  }
})

function decodedBytes(path: string): string {
  return path.replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
