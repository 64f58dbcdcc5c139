import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { RequestDraft } from '../../../src/filters/filter.ts'
import type { Redirect } from '../../../src/model/filter-spec.ts'
import type { LocalReply } from '../../../src/model/reply.ts'
import { segments } from '../routing/routes.ts'
import { filterOf, requestDraft } from './drafts.ts'

const nothing: Redirect = {
  status: 302,
  scheme: undefined,
  host: undefined,
  port: undefined,
  path: undefined,
  query: 'keep',
}

function replyOf(spec: Partial<Redirect>, draft: RequestDraft): LocalReply {
  const reply = filterOf({ kind: 'redirect', redirect: { ...nothing, ...spec } }, segments('/')).onRequest?.(
    draft,
  )
  assert.ok(reply !== undefined && !(reply instanceof Promise))
  return reply
}

describe('a redirect', () => {
  const cases: readonly (readonly [string, Partial<Redirect>, Partial<RequestDraft>, string])[] = [
    ['keeps what is not given', {}, { path: '/a', query: 'b=c' }, 'http://a.test/a?b=c'],
    ['changes the scheme', { scheme: 'https' }, { path: '/a' }, 'https://a.test/a'],
    ['drops the port with the scheme', { scheme: 'https' }, { authority: 'a.test:8080' }, 'https://a.test/'],
    ['keeps the port the client asked', {}, { authority: 'a.test:8080' }, 'http://a.test:8080/'],
    ['drops the port with the host', { host: 'b.test' }, { authority: 'a.test:8080' }, 'http://b.test/'],
    ['leaves out port 80 of http', { port: 80 }, { authority: 'a.test:8080' }, 'http://a.test/'],
    ['leaves out port 443 of https', { scheme: 'https', port: 443 }, {}, 'https://a.test/'],
    ['names port 443 of http', { port: 443 }, {}, 'http://a.test:443/'],
    ['names another port', { scheme: 'https', port: 8443 }, {}, 'https://a.test:8443/'],
    ['leaves out the default port a client wrote', {}, { authority: 'a.test:80' }, 'http://a.test/'],
    ['stays https', {}, { scheme: 'https', authority: 'a.test:443' }, 'https://a.test/'],
    ['stays https behind a proxy that ended TLS', {}, { forwardedProto: 'https' }, 'https://a.test/'],
    ['stays https on another host', { host: 'b.test' }, { forwardedProto: 'https' }, 'https://b.test/'],
    ['keeps an IPv6 literal', {}, { host: '[::1]', authority: '[::1]:8080' }, 'http://[::1]:8080/'],
    [
      'replaces the path',
      { path: { kind: 'full', value: '/new' } },
      { path: '/a', query: 'q' },
      'http://a.test/new?q',
    ],
    [
      'replaces the prefix',
      { path: { kind: 'prefix', value: '/new/' } },
      { path: '/a/b', matchedPath: '/a' },
      'http://a.test/new/b',
    ],
    ['drops the query', { query: 'drop' }, { path: '/a', query: 'q' }, 'http://a.test/a'],
    ['encodes odd bytes of the query', {}, { query: 'q=<"é\x80>' }, 'http://a.test/?q=%3C%22%E9%80%3E'],
    ['has the path alone for a request without a host', {}, { host: '', authority: '', path: '/a' }, '/a'],
  ]
  for (const [name, spec, request, location] of cases) {
    test(name, () => {
      assert.equal(replyOf(spec, requestDraft(request)).fields, `location: ${location}\r\n`)
    })
  }

  for (const status of [301, 302, 303, 307, 308] as const) {
    test(`answers ${status} with the reason redirect`, () => {
      const reply = replyOf({ status }, requestDraft())

      assert.equal(reply.status, status)
      assert.equal(reply.reason, 'redirect')
    })
  }

  test('refuses a path that a regex made unsafe', () => {
    const path = { kind: 'regex', pattern: '_', replacement: '' } as const

    assert.equal(replyOf({ path }, requestDraft({ path: '/a/.._/b' })).reason, 'bad_path')
  })

  test('is one line of visible ASCII, whatever the query', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const query = Buffer.from(text, 'utf8').toString('latin1')

        assert.match(replyOf({}, requestDraft({ query })).fields, /^location: [\x21-\x7e]+\r\n$/)
      }),
    )
  })

  test('says in one line what it does', () => {
    const redirect: Redirect = {
      ...nothing,
      status: 301,
      scheme: 'https',
      path: { kind: 'prefix', value: '/new' },
      query: 'drop',
    }

    assert.equal(
      filterOf({ kind: 'redirect', redirect }, segments('/old')).summary,
      '301 to scheme https, /old at the start of the path becomes /new, without the query',
    )
  })
})
