import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Maintenance } from '../../../src/model/filters/maintenance.ts'
import { filterOf, requestDraft } from './drafts.ts'

const match = { kind: 'prefix', value: '/', case: 'sensitive' } as const
const closed: Maintenance = { retryAfter: 1500, body: '', contentType: 'text/html', except: ['10.0.0.0/8'] }

function reply(spec: Maintenance, clientAddress: string) {
  const answer = filterOf({ kind: 'maintenance', ...spec }, match).onRequest?.(
    requestDraft({ clientAddress }),
  )
  return answer instanceof Promise ? assert.fail('waits') : answer
}

describe('maintenance', () => {
  test('answers 503, says when to come back, and is not kept in caches', () => {
    const { status, reason, fields, body } = reply(closed, '192.0.2.1') ?? assert.fail()

    assert.deepEqual([status, reason, body], [503, 'maintenance', undefined])
    assert.equal(fields, 'retry-after: 2\r\ncache-control: no-store\r\n')
  })

  test('answers with a body of its own', () => {
    const { fields, body } = reply({ ...closed, body: '<p>soon' }, '192.0.2.1') ?? assert.fail()

    assert.equal(body, '<p>soon')
    assert.match(fields, /content-type: text\/html\r\n$/)
  })

  test('lets those pass that are excepted', () => {
    assert.equal(reply(closed, '10.1.2.3'), undefined)
  })
})
