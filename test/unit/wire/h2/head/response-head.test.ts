import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ResponseHead } from '../../../../../src/wire/h1/response-head.ts'
import { readResponseHead } from '../../../../../src/wire/h2/head/response-head.ts'
import { responsePolicy } from '../../../../support/codec.ts'
import { type Field, listOf, repeated } from './support.ts'

function read(fields: readonly Field[]): ResponseHead | string {
  const head = new ResponseHead()
  return readResponseHead(listOf(fields), responsePolicy, head)?.reason ?? head
}

const bad = 'upstream_bad_response'
const refused: readonly (readonly [what: string, fields: readonly Field[], reason: string])[] = [
  ['no :status', [['a', 'b']], bad],
  [
    'a pseudo field of requests',
    [
      [':status', '200'],
      [':path', '/'],
    ],
    bad,
  ],
  [
    ':status twice',
    [
      [':status', '200'],
      [':status', '200'],
    ],
    bad,
  ],
  [
    ':status behind a field',
    [
      ['a', 'b'],
      [':status', '200'],
    ],
    bad,
  ],
  ...['', '20', '2000', '099', '600', '2x0', '+20', '1e2'].map(
    (status) => [`:status "${status}"`, [[':status', status]] as Field[], bad] as const,
  ),
  ['101', [[':status', '101']], bad],
  [
    'connection',
    [
      [':status', '200'],
      ['connection', 'close'],
    ],
    bad,
  ],
  [
    'transfer-encoding',
    [
      [':status', '200'],
      ['transfer-encoding', 'chunked'],
    ],
    bad,
  ],
  [
    'upgrade',
    [
      [':status', '200'],
      ['upgrade', 'h2c'],
    ],
    bad,
  ],
  [
    'an upper-case name',
    [
      [':status', '200'],
      ['A', 'b'],
    ],
    bad,
  ],
  [
    'a value with LF',
    [
      [':status', '200'],
      ['a', 'b\nc'],
    ],
    bad,
  ],
  [
    'content-length twice',
    [
      [':status', '200'],
      ['content-length', '1'],
      ['content-length', '1'],
    ],
    bad,
  ],
  [
    'content-length +1',
    [
      [':status', '200'],
      ['content-length', '+1'],
    ],
    bad,
  ],
  [
    'a twin of content-length',
    [
      [':status', '200'],
      ['content_length', '1'],
    ],
    bad,
  ],
  ['more fields than the limit', [[':status', '200'], ...repeated(201)], 'upstream_head_too_large'],
]

describe('a response of HTTP/2 is refused for', () => {
  for (const [what, fields, reason] of refused) {
    test(what, () => {
      assert.equal(read(fields), reason)
    })
  }
})

const good: readonly (readonly [what: string, fields: readonly Field[], expected: Partial<ResponseHead>])[] =
  [
    [
      'a plain 200',
      [
        [':status', '200'],
        ['date', 'now'],
        ['content-length', '5'],
        ['set-cookie', 'a=b'],
        ['set-cookie', 'c=d'],
      ],
      {
        status: 200,
        version: 1,
        reason: 'OK',
        fields: 'date: now\r\nset-cookie: a=b\r\nset-cookie: c=d\r\n',
        contentLength: 5,
        chunked: false,
        hasDate: true,
      },
    ],
    [
      '103',
      [
        [':status', '103'],
        ['link', '</a>'],
      ],
      { status: 103, fields: 'link: </a>\r\n', contentLength: -1 },
    ],
    [
      '204 with a length that says nothing',
      [
        [':status', '204'],
        ['content-length', '0'],
      ],
      { status: 204, contentLength: -1 },
    ],
    [
      '304 with the length of what was not sent',
      [
        [':status', '304'],
        ['content-length', '9'],
      ],
      { contentLength: 9 },
    ],
    ['a status without a phrase', [[':status', '599']], { status: 599 }],
    [
      'fields of meshes and hops',
      [
        [':status', '200'],
        ['l5d-x', '1'],
        ['x-envoy-y', '2'],
        ['server', 'z'],
      ],
      { fields: '' },
    ],
    [
      'trailer',
      [
        [':status', '200'],
        ['trailer', 'grpc-status'],
      ],
      { trailer: 'grpc-status', fields: '' },
    ],
    [
      'gRPC metadata',
      [
        [':status', '200'],
        ['a_b', '1'],
        ['c-bin', 'AA=='],
      ],
      { fields: 'a_b: 1\r\nc-bin: AA==\r\n' },
    ],
  ]

describe('a response of HTTP/2 is taken with', () => {
  for (const [what, fields, expected] of good) {
    test(what, () => {
      const head = read(fields)

      const seen = Object.fromEntries(
        Object.keys(expected).map((key) => [key, typeof head === 'string' ? head : Reflect.get(head, key)]),
      )
      assert.deepEqual(seen, expected)
    })
  }

  test('a head that was used before, whatever for', () => {
    const used = new ResponseHead()

    for (const [, fields] of [...refused, ...good, ...good]) {
      const fresh = new ResponseHead()
      const faults = [used, fresh].map((head) => readResponseHead(listOf(fields), responsePolicy, head))
      assert.deepEqual(faults[0], faults[1])
      if (faults[0] === undefined) assert.deepEqual(Object.entries(used), Object.entries(fresh))
    }
  })
})
