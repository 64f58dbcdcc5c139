import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Reason, reasons } from '../../../src/model/reasons.ts'
import { replies, rescue } from '../../../src/proxy/rescue.ts'

const closing: readonly Reason[] = (Object.keys(reasons) as Reason[]).filter((reason) =>
  reason.startsWith('bad_'),
)

describe('rescue', () => {
  for (const reason of closing) {
    test(`answers ${reason} with 400 and ends the connection`, () => {
      assert.deepEqual(replies[reason], { status: 400, close: true })
    })
  }

  test('names the methods that are carried beside a 405', () => {
    assert.match(rescue('method_not_allowed', '').fields, /^allow: [A-Z, ]+\r\n$/)
  })

  test('explains a reason by its own sentence when there is no detail', () => {
    assert.equal(rescue('no_endpoints', '').detail, reasons.no_endpoints.text)
  })

  test('keeps the connection after a 404, which is nobody’s fault', () => {
    assert.deepEqual(replies.no_route_path, { status: 404, close: false })
  })
})
