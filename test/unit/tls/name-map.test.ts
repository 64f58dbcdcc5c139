import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NameMap } from '../../../src/tls/name-map.ts'

function mapOf(...names: readonly string[]): NameMap<string> {
  const map = new NameMap<string>()
  for (const name of names) map.add(name, name)
  return map
}

describe('NameMap finds by', () => {
  const map = mapOf('a.test', '*.example.com', 'www.example.com', '*.b.example.com')
  for (const [id, asked, found] of [
    ['L04', 'a.example.com', '*.example.com'],
    ['L04', 'www.example.com', 'www.example.com'],
    ['L04', 'x.b.example.com', '*.b.example.com'],
    ['L04', 'example.com', undefined],
    ['L04', 'a.c.example.com', undefined],
    ['L04', '.example.com', undefined],
    ['L04', 'evil-example.com', undefined],
    ['L04', 'a.test', 'a.test'],
    ['L04', 'b.a.test', undefined],
    ['L04', 'com', undefined],
    ['L04', '', undefined],
  ] as const) {
    test(`${id} "${asked}" ${found === undefined ? 'nothing' : `"${found}"`}`, () => {
      assert.equal(map.find(asked), found)
    })
  }

  test('L04 "f*.example.com" only for that very text, which no client can send', () => {
    assert.equal(mapOf('f*.example.com').find('foo.example.com'), undefined)
  })

  test('the first of two for one name', () => {
    const map = new NameMap<number>()
    map.add('a.test', 1)
    map.add('a.test', 2)

    assert.equal(map.find('a.test'), 1)
  })
})
