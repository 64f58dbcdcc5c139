import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { protectedFields } from '../../../src/http/protected-fields.ts'
import type { HeaderEdit } from '../../../src/model/filter-spec.ts'
import { segments, view } from '../routing/routes.ts'
import { filterOf, requestDraft, responseDraft } from './drafts.ts'

const nothing: HeaderEdit = { remove: [], set: [], add: [] }
const match = segments('/')

function requestFields(edit: Partial<HeaderEdit>, fields: string): string {
  const draft = requestDraft({ fields })
  const reply = filterOf({ kind: 'requestHeaders', edit: { ...nothing, ...edit } }, match).onRequest?.(draft)
  assert.equal(reply, undefined)
  return draft.fields
}

describe('header edits', () => {
  const cases: readonly (readonly [string, Partial<HeaderEdit>, string, string])[] = [
    ['change nothing', {}, 'a: 1\r\n', 'a: 1\r\n'],
    [
      'remove every line of a name, whatever its case',
      { remove: ['a'] },
      'A: 1\r\nb: 2\r\na: 3\r\n',
      'b: 2\r\n',
    ],
    ['set replaces every line', { set: [['a', '9']] }, 'a: 1\r\nb: 2\r\nA: 3\r\n', 'b: 2\r\na: 9\r\n'],
    ['set puts in what was not there', { set: [['a', '9']] }, '', 'a: 9\r\n'],
    ['add keeps what is there', { add: [['a', '9']] }, 'a: 1\r\n', 'a: 1\r\na: 9\r\n'],
    ['remove comes before add', { remove: ['a'], add: [['a', '9']] }, 'a: 1\r\n', 'a: 9\r\n'],
    ['set comes before add', { set: [['a', '8']], add: [['a', '9']] }, 'a: 1\r\n', 'a: 8\r\na: 9\r\n'],
    [
      'set of two values puts in two lines',
      {
        set: [
          ['a', '8'],
          ['a', '9'],
        ],
      },
      'a: 1\r\n',
      'a: 8\r\na: 9\r\n',
    ],
    ['an empty value is a value', { set: [['a', '']] }, '', 'a: \r\n'],
  ]
  for (const [name, edit, before, after] of cases) {
    test(name, () => {
      assert.equal(requestFields(edit, before), after)
    })
  }

  test('work on responses the same way', () => {
    const draft = responseDraft('server: x\r\nset-cookie: a=1\r\n')
    const edit = { ...nothing, remove: ['server'], add: [['x-frame-options', 'DENY']] } as const

    filterOf({ kind: 'responseHeaders', edit }, match).onResponse?.(draft, view())

    assert.equal(draft.fields, 'set-cookie: a=1\r\nx-frame-options: DENY\r\n')
  })

  test('say in one line what they do', () => {
    const edit: HeaderEdit = { remove: ['a'], set: [['b', '1']], add: [['c', '2']] }

    assert.equal(filterOf({ kind: 'requestHeaders', edit }, match).summary, 'remove a, set b: 1, add c: 2')
  })
})

describe('header edits are a mistake of the program', () => {
  for (const name of [...protectedFields, ':path', 'Upper', 'sp ace', '']) {
    test(`when they touch "${name}"`, () => {
      for (const edit of [{ remove: [name] }, { set: [[name, '1']] }, { add: [[name, '1']] }] as const) {
        assert.throws(() => requestFields(edit, ''), /assertion failed/)
      }
    })
  }

  for (const value of ['a\r\nb: c', 'a\n', 'a\0', '\u0100']) {
    test(`when they hold the value ${JSON.stringify(value)}`, () => {
      assert.throws(() => requestFields({ set: [['a', value]] }, ''), /assertion failed/)
    })
  }
})

describe('respond', () => {
  const filter = filterOf(
    { kind: 'respond', respond: { status: 503, headers: [['retry-after', '60']], body: 'später' } },
    match,
  )

  test('gives the same reply every time', () => {
    const reply = filter.onRequest?.(requestDraft())

    assert.deepEqual(reply, {
      status: 503,
      reason: 'fixed_response',
      fields: 'retry-after: 60\r\n',
      body: 'später',
      isFixed: true,
      detail: 'the route answers 503',
    })
    assert.equal(filter.onRequest?.(requestDraft()), reply)
  })

  test('says its size in bytes', () => {
    assert.equal(filter.summary, '503, 7 bytes')
  })
})
