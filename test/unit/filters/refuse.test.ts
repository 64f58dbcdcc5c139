import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LocalReply } from '../../../src/model/reply.ts'
import { segments } from '../routing/routes.ts'
import { filterOf, requestDraft } from './drafts.ts'

describe('a refusal', () => {
  test('answers with its reason, and tells why to trusted eyes alone', () => {
    const spec = {
      kind: 'refuse',
      status: 503,
      reason: 'route_blocked',
      why: 'auth-url is not obeyed',
    } as const

    const reply = filterOf(spec, segments('/')).onRequest?.(requestDraft()) as LocalReply

    assert.deepEqual(
      [reply.status, reply.reason, reply.fields, reply.body, reply.detail],
      [503, 'route_blocked', '', undefined, 'auth-url is not obeyed'],
    )
  })
})
