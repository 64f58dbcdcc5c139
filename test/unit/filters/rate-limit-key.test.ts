import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RequestDraft } from '../../../src/filters/filter.ts'
import { compileKey, keyText, keyWords } from '../../../src/filters/rate-limit-key.ts'
import type { KeyPart } from '../../../src/model/filters/limit-rule.ts'
import type { RateRule } from '../../../src/model/filters/rate-limit.ts'
import type { Identity } from '../../../src/model/identity.ts'
import { segments } from '../routing/routes.ts'
import { requestDraft } from './drafts.ts'

const header: KeyPart = { kind: 'header', name: 'x-key' }
const host: KeyPart = { kind: 'host' }

function subject(key: readonly KeyPart[], draft: Draft = {}, missing: RateRule['missing'] = 'skip') {
  const rule = { key, missing, prefix: { v4: 32, v6: 64 } } as RateRule
  const { headers = {}, ...parts } = draft
  const request: RequestDraft = { ...requestDraft(parts), field: (name: string) => headers[name] }
  return compileKey(rule, segments('/api'))(request)
}

type Draft = Partial<Omit<RequestDraft, 'field'>> & { readonly headers?: Record<string, string> }

const ada: Identity = {
  by: 'jwt',
  subject: 'ada',
  claims: new Map<string, unknown>([
    ['tenant', 'shop'],
    ['tier', 3],
    ['groups', ['a']],
  ]),
}

describe('the key of a rate limit', () => {
  for (const [name, part, draft, expected] of [
    ['the client address', { kind: 'client-ip' }, { clientAddress: '203.0.113.7' }, '203.0.113.7'],
    ['the /64 of IPv6', { kind: 'client-ip' }, { clientAddress: '2001:db8::9' }, '2001:db8:0:0/64'],
    ['the host', { kind: 'host' }, { host: 'a.test' }, 'a.test'],
    ['the path of the route', { kind: 'path' }, { path: '/api/7' }, 'segments /api'],
    ['the method', { kind: 'method' }, { method: 'PUT' }, 'PUT'],
    ['a header', header, { headers: { 'x-key': 'k1' } }, 'k1'],
    ['a cookie', { kind: 'cookie', name: 'sid' }, { headers: { cookie: 'a=b; sid=s1' } }, 's1'],
    ['a query parameter', { kind: 'query', name: 'k' }, { query: 'a=b&k=q%201' }, 'q 1'],
    ['an identity', { kind: 'identity' }, { identity: ada }, 'ada'],
    ['a claim', { kind: 'claim', name: 'tenant' }, { identity: ada }, 'shop'],
    ['a claim that is a number', { kind: 'claim', name: 'tier' }, { identity: ada }, '3'],
  ] as const) {
    test(`takes ${name}`, () => {
      assert.equal(subject([part], draft), expected)
    })
  }

  for (const [name, part, draft] of [
    ['a header that is not there', header, {}],
    ['an empty header', header, { headers: { 'x-key': '' } }],
    ['a claim that is a list', { kind: 'claim', name: 'groups' }, { identity: ada }],
    ['an identity nobody found out', { kind: 'identity' }, {}],
    ['the client of a unix socket', { kind: 'client-ip' }, { clientAddress: '' }],
  ] as const) {
    test(`has no subject for ${name}, and one for all of them where they share`, () => {
      assert.equal(subject([part], draft, 'skip'), undefined)
      assert.equal(subject([part], draft, 'deny'), undefined)
      assert.equal(subject([part], draft, 'shared'), '')
    })
  }

  test('of no part is the same for everyone', () => {
    assert.equal(subject([]), '')
  })

  test('of several parts lets nobody write one so that it looks like two', () => {
    const written = subject([header, host], { host: 'b', headers: { 'x-key': 'a,1:b' } })
    const plain = subject([header, host], { host: 'b,1:b', headers: { 'x-key': 'a' } })

    assert.notEqual(written, plain)
  })

  test('of several parts keeps those that are there when one is missing and shares', () => {
    const [a, b] = ['a', 'b'].map((name) => subject([header, host], { host: name }, 'shared'))

    assert.notEqual(a, b)
    assert.equal(subject([header, host], { host: 'a' }, 'skip'), undefined)
  })

  test('has words for clients that tell no names, and words for operators that do', () => {
    assert.equal(keyText([{ kind: 'client-ip' }, header]), 'client-ip+header')
    assert.equal(keyWords([{ kind: 'client-ip' }, header]), 'each client-ip and header "x-key"')
    assert.equal(keyText([]), 'everyone')
  })
})
