import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ContentCoder } from '../../../src/filters/content-coder.ts'
import { codedBody } from '../../../src/proxy/coded-body.ts'

/** Writes down what it is given. */
function coder(name: string): ContentCoder & { readonly given: string[] } {
  const given: string[] = []
  return {
    coding: 'br',
    given,
    whole(bytes) {
      given.push(bytes.toString('latin1'))
      return Buffer.from(`${name} of ${bytes.toString('latin1')}`)
    },
    stream: () => assert.fail('short bodies need no stream'),
  }
}

describe('a body that is the same every time', () => {
  test('is compressed once for each coder', () => {
    const [a, b] = [coder('a'), coder('b')]
    const page = {}

    const got = [a, b, a, b].map((one) => codedBody(one, page, 'text').toString())

    assert.deepEqual(got, ['a of text', 'b of text', 'a of text', 'b of text'])
    assert.deepEqual([a.given, b.given], [['text'], ['text']])
  })

  test('is not taken for another one', () => {
    const a = coder('a')

    const got = ['one', 'two'].map((text) => codedBody(a, {}, text).toString())

    assert.deepEqual(got, ['a of one', 'a of two'])
  })
})
