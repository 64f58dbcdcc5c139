import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { precedence } from '../../../src/routing/precedence.ts'
import {
  answer,
  exact,
  prefix,
  type RouteParts,
  regex,
  route,
  segments,
  tableOf,
  type ViewParts,
  view,
} from './routes.ts'

const present = { kind: 'present' } as const
const headers = { 'x-a': '1', 'x-b': '2', cookie: 'c=1; d=2' }

/** Each row: what is more specific, the winner's parts, the loser's parts; the request below fits both. */
const rows: readonly (readonly [string, Omit<RouteParts, 'id'>, Omit<RouteParts, 'id'>])[] = [
  [
    'an exact host before one label',
    { hosts: ['b.a.test'], path: segments('/') },
    { hosts: ['*.a.test'], path: exact('/x/y') },
  ],
  ['one label before any depth', { hosts: ['*.a.test'] }, { hosts: ['**.a.test'], path: exact('/x/y') }],
  [
    'a longer suffix before a shorter one',
    { hosts: ['**.a.test'] },
    { hosts: ['**.test'], path: exact('/x/y') },
  ],
  ['any depth before no host', { hosts: ['**.test'] }, { hosts: ['*'], path: exact('/x/y') }],
  ['an exact path before a regex', { path: exact('/x/y') }, { path: regex('/x/y'), methods: ['GET'] }],
  ['a regex before a prefix', { path: regex('/.*') }, { path: segments('/x/y'), methods: ['GET'] }],
  [
    'a longer prefix before a shorter one',
    { path: segments('/x/y') },
    { path: segments('/x'), methods: ['GET'] },
  ],
  [
    'a longer text before a shorter segment',
    { path: prefix('/x/') },
    { path: segments('/x'), methods: ['GET'] },
  ],
  [
    'a segment before a text of the same length',
    { path: segments('/x/y') },
    { path: prefix('/x/y'), methods: ['GET'] },
  ],
  ['a text "/" before a segment "/"', { path: prefix('/') }, { path: segments('/'), methods: ['GET'] }],
  ['a method before none', { methods: ['GET'] }, { headers: [{ name: 'x-a', value: present }] }],
  [
    'more headers before fewer',
    {
      headers: [
        { name: 'x-a', value: present },
        { name: 'x-b', value: present },
      ],
    },
    { headers: [{ name: 'x-a', value: present }], cookies: [{ name: 'c', value: present }] },
  ],
  [
    'more cookies before fewer',
    { cookies: [{ name: 'c', value: present }] },
    { query: [{ name: 'q', value: present }] },
  ],
  [
    'more query parameters before fewer',
    { query: [{ name: 'q', value: present }] },
    { clients: ['10.0.0.1/32'] },
  ],
  [
    'a longer client block before a shorter one',
    { clients: ['10.0.0.0/16'] },
    { clients: ['10.0.0.0/8'], listeners: ['web'] },
  ],
  [
    'the wider of two client blocks counts',
    { clients: ['10.0.0.0/16'] },
    { clients: ['10.0.0.0/8', '10.0.0.1/32'] },
  ],
  ['a client block before none', { clients: ['0.0.0.0/0'] }, { listeners: ['web'] }],
  ['a listener before none', { listeners: ['web'], rank: 9 }, { rank: 1 }],
  ['the lower rank', { rank: 1 }, { rank: 2 }],
]

const request: ViewParts = {
  host: 'b.a.test',
  path: '/x/y',
  query: 'q=1',
  clientAddress: '10.0.0.1',
  headers,
}

describe('precedence', () => {
  for (const [name, winner, loser] of rows) {
    test(`asks ${name}`, () => {
      const hosts = ['b.a.test']
      // The loser's id and place come first, so that only the rule at hand can let the winner win.
      const table = tableOf([
        route({ hosts, ...loser, id: 'a-loser' }),
        route({ hosts, ...winner, id: 'b-winner' }),
      ])

      assert.equal(answer(table, view(request)), 'b-winner')
    })
  }

  test('ends with the id, so that equal routes keep one order', () => {
    const table = tableOf([route({ id: 'b' }), route({ id: 'a' })])

    assert.equal(answer(table, view()), 'a')
  })

  test('is written the same in its reference page', () => {
    const page = readFileSync('docs/reference/precedence.md', 'utf8')

    for (const [i, rule] of precedence.entries()) assert.ok(page.includes(`${i + 1}. ${rule}`), rule)
  })
})
