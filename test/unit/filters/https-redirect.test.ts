import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RequestDraft } from '../../../src/filters/filter.ts'
import type { LocalReply } from '../../../src/model/reply.ts'
import { segments } from '../routing/routes.ts'
import { filterOf, requestDraft } from './drafts.ts'

function reply(draft: Partial<RequestDraft>, port?: number): LocalReply | undefined {
  const spec = { kind: 'httpsRedirect', status: 308, port, except: ['/.well-known/acme-challenge/'] } as const
  return filterOf(spec, segments('/')).onRequest?.(requestDraft(draft)) as LocalReply | undefined
}

describe('a redirect to https', () => {
  const redirected: readonly (readonly [string, Partial<RequestDraft>, number | undefined, string])[] = [
    ['keeps path and query', { path: '/a', query: 'b=c' }, undefined, 'https://a.test/a?b=c'],
    ['drops the port of the plain listener', { authority: 'a.test:8080' }, undefined, 'https://a.test/'],
    ['leaves out port 443', {}, 443, 'https://a.test/'],
    ['names another port', {}, 8443, 'https://a.test:8443/'],
    [
      'takes no word of TLS from a proxy that says http',
      { forwardedProto: 'http' },
      undefined,
      'https://a.test/',
    ],
    [
      'believes the proxy nearest to the client',
      { forwardedProto: 'http, https' },
      undefined,
      'https://a.test/',
    ],
    ['encodes odd bytes', { path: '/é"', query: '<' }, undefined, 'https://a.test/%E9%22?%3C'],
  ]
  for (const [name, draft, port, location] of redirected) {
    test(name, () => {
      const answer = reply(draft, port)

      assert.equal(answer?.status, 308)
      assert.equal(answer?.fields, `location: ${location}\r\n`)
    })
  }

  const passed: readonly (readonly [string, Partial<RequestDraft>])[] = [
    ['requests over TLS', { scheme: 'https' }],
    ['requests of which a trusted proxy says that they came over TLS', { forwardedProto: 'https' }],
    ['websockets of which it says so', { forwardedProto: 'wss' }],
    ['challenges of ACME', { path: '/.well-known/acme-challenge/token' }],
    ['requests without a host, which have nowhere to go', { host: '' }],
  ]
  for (const [name, draft] of passed) {
    test(`lets pass ${name}`, () => {
      assert.equal(reply(draft), undefined)
    })
  }
})
