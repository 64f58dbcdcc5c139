import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { foresee } from '../../../src/filters/foresight.ts'
import type { ApiKey } from '../../../src/model/filters/api-key.ts'
import type { BasicAuth } from '../../../src/model/filters/basic-auth.ts'
import { filterOf, requestDraft } from './drafts.ts'

const root = { kind: 'prefix', value: '/' } as const
const basic: BasicAuth = { realm: 'a', users: 'gone', authorization: 'remove', userHeader: 'x-user' }
const key: ApiKey = { keys: 'gone', from: { kind: 'query', name: 'key' }, key: 'remove', idHeader: undefined }

function withFields(fields: Readonly<Record<string, string>>, parts: object = {}) {
  return { ...requestDraft(parts), field: (name: string) => fields[name] }
}

const sent = withFields({ authorization: `Basic ${btoa('alice:secret')}` }, { query: 'key=secret' })

describe('filters that ask for credentials', () => {
  for (const spec of [
    { kind: 'basicAuth', ...basic },
    { kind: 'basicAuth', ...basic, users: undefined },
    { kind: 'apiKey', ...key },
    { kind: 'apiKey', ...key, keys: undefined },
  ] as const) {
    test(`let nobody pass while what they compare with is missing: ${spec.kind}`, () => {
      const reply = filterOf(spec, root).onRequest?.(sent)

      assert.ok(reply !== undefined && !(reply instanceof Promise))
      assert.deepEqual([reply.status, reply.reason], [503, 'auth_unavailable'])
    })
  }

  for (const spec of [
    { kind: 'basicAuth', ...basic },
    { kind: 'apiKey', ...key },
  ] as const) {
    test(`are foreseen to refuse who sends none, and say no more of others: ${spec.kind}`, () => {
      const filter = filterOf(spec, root)

      const without = foresee(filter, withFields({}))

      assert.ok(without.kind === 'answers')
      assert.equal(without.reply.status, 401)
      assert.equal(foresee(filter, sent).kind, 'depends')
    })
  }

  test('are summed up without a secret', () => {
    const summaries = [
      filterOf({ kind: 'basicAuth', ...basic, authorization: 'keep' }, root).summary,
      filterOf({ kind: 'apiKey', ...key, from: { kind: 'header', name: 'x-key' }, idHeader: 'x-id' }, root)
        .summary,
      filterOf({ kind: 'apiKey', ...key, from: { kind: 'bearer' }, key: 'keep' }, root).summary,
      filterOf({ kind: 'apiKey', ...key }, root).summary,
    ]

    assert.deepEqual(summaries, [
      'user and password for realm "a", tells the upstream by x-user, leaves authorization',
      'key in header x-key, tells the upstream by x-id',
      'key in authorization: Bearer, leaves the key',
      'key in query key',
    ])
  })
})
