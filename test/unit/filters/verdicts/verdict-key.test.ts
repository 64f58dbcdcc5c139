import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verdictKey } from '../../../../src/filters/verdicts/verdict-key.ts'
import type { VerdictKeyPart } from '../../../../src/model/filters/verdict-cache.ts'
import { requestDraft } from '../drafts.ts'

const cookie: VerdictKeyPart = { kind: 'cookie', name: 's' }
const token: VerdictKeyPart = { kind: 'header', name: 'authorization' }

describe('the key of a verdict', () => {
  test('tells parts apart, however they are written', () => {
    const keyOf = verdictKey([token, { kind: 'header', name: 'x-tenant' }])
    const fields = (a: string, b: string) => ({ fields: `authorization: ${a}\r\nx-tenant: ${b}\r\n` })

    const keys = [fields('a', 'b1:c,'), fields('a,1:b', 'c,'), fields('ab', '1:c,')].map((parts) =>
      keyOf(requestDraft(parts)),
    )

    assert.equal(new Set(keys).size, 3)
  })

  test('goes by the headers that the server is told, not by those the client sent', () => {
    const draft = requestDraft({ fields: 'authorization: from a filter\r\n' })

    assert.equal(verdictKey([token])(draft), '13:from a filter,')
  })

  for (const [fields, why] of [
    ['', 'a cookie that is missing'],
    ['cookie: t=1\r\n', 'another cookie'],
    ['cookie: s=\r\n', 'an empty one'],
    ['cookie: s=1; s=2\r\n', 'two of one name'],
    ['cookie: s=1; s =2\r\n', 'two of one name, a blank behind one'],
    ['cookie: s=1\r\ncookie: a=b;s=1\r\n', 'two of one name in two lines'],
  ] as const) {
    test(`is none for ${why}`, () => {
      assert.equal(verdictKey([cookie])(requestDraft({ fields })), undefined)
    })
  }

  test('takes the header host with its port', () => {
    const draft = requestDraft({ authority: 'a.test:8080' })

    assert.equal(verdictKey([{ kind: 'header', name: 'host' }])(draft), '11:a.test:8080,')
  })

  test('has every part that it can be made of', () => {
    const kinds = ['client-ip', 'host', 'method', 'scheme', 'path', 'uri'] as const
    const draft = requestDraft({ path: '/a', query: 'b=c', fields: 'cookie: x=1; s=2\r\n' })

    const key = verdictKey([...kinds.map((kind) => ({ kind })), cookie])(draft)

    const values = [draft.clientAddress, draft.host, draft.method, 'http', '/a', '/a?b=c', '2']
    assert.equal(key, values.map((value) => `${value.length}:${value},`).join(''))
  })
})
