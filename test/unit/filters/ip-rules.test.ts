import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IpRules } from '../../../src/model/filters/ip-rules.ts'
import { filterOf, requestDraft } from './drafts.ts'

const match = { kind: 'prefix', value: '/', case: 'sensitive' } as const
const both = { allow: ['10.0.0.0/8', '2001:db8::/32'], deny: ['10.66.0.0/16'] }

async function statusFor(rules: IpRules, clientAddress: string): Promise<number | undefined> {
  const reply = await filterOf({ kind: 'ipRules', ...rules }, match).onRequest?.(
    requestDraft({ clientAddress }),
  )
  return typeof reply === 'function' ? assert.fail('waits') : reply?.status
}

describe('ipRules', () => {
  for (const [rules, address, expected] of [
    [both, '10.1.2.3', undefined],
    [both, '10.66.2.3', 403],
    [both, '192.0.2.1', 403],
    [both, '2001:db8::1', undefined],
    [both, '::ffff:10.66.0.1', 403],
    [both, '', 403],
    [{ allow: [], deny: ['10.66.0.0/16'] }, '192.0.2.1', undefined],
    [{ allow: [], deny: ['10.66.0.0/16'] }, '10.66.0.1', 403],
    [{ allow: [], deny: ['10.66.0.0/16'] }, '', undefined],
    [{ allow: ['10.66.1.1/32'], deny: ['10.66.0.0/16'] }, '10.66.1.1', 403],
  ] as const) {
    test(`${JSON.stringify(rules)} gives "${address}" ${expected ?? 'leave'}`, async () => {
      assert.equal(await statusFor(rules, address), expected)
    })
  }
})
