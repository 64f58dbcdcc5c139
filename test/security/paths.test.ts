import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { normalisePath } from '../../src/http/path.ts'
import { catalogue } from '../support/catalogue.ts'
import { type Accepted, type Case, get, type Seen } from '../support/catalogue-case.ts'
import { served } from '../support/lenient-path.ts'
import { openStage } from '../support/stage.ts'

// Catalogue 2.8: one path for routing, policy, log and forwarding. The policy: `/admin` answers 403, everything else goes
// to an origin that decodes, cuts parameters off and resolves dots. It must never serve `/admin`, and what it was asked
// for must be what the log says (the driver compares them for every case). The rows of the reference have no ids; they
// are P01… in order of appearance, and its six rules X01…X06.

/** In the order of the reference; what must come of it is "not served", whatever the status. */
const rows: readonly string[] = [
  '/a/../admin',
  '/a/%2e%2e/admin',
  '/a/.%2e/admin',
  '/a/..%2fadmin',
  '/a/..%252fadmin',
  '/%2fadmin',
  '//admin',
  '///admin',
  '/./admin',
  '/admin/.',
  '/admin%2f',
  '/admin;x=1',
  '/;/admin',
  '/a/..;/admin',
  '/a/..;foo=bar/admin',
  '/admin;',
  '/ADMIN',
  '/adm%69n',
  '/admin%00.png',
  '/admin%20',
  '/admin/',
  '/admin?',
  '/admin#',
  '/admin\\',
  '/a\\..\\admin',
  '/%5cadmin',
  '/a%5c..%5cadmin',
  '/%c0%af../admin',
  '/%ef%bc%8fadmin',
  '/admin%09',
  '/admin%0a',
  `${'/a/b/c/../../..'.repeat(83)}/admin`,
  `${'/'.repeat(7000)}admin`,
  '/..',
  '/.',
  '/%2e',
  '/%3fadmin',
  '/../../../admin',
]

/** Any answer will do that is not the origin serving the path. */
const notServed: Accepted = {
  kind: 'accepted',
  requests: [],
  statuses: [[200, 400, 403, 404]],
  after: 'either',
}

function pathCase(target: string, i: number): Case {
  const name = target.length > 60 ? `${target.slice(0, 24)}… (${target.length} bytes)` : target
  return {
    id: `P${String(i + 1).padStart(2, '0')}`,
    what: JSON.stringify(name),
    send: get(target),
    expect: { ...notServed, requests: 'any', check: policyHolds },
  }
}

function policyHolds({ requests }: Seen): string | undefined {
  const reached = requests.find((request) => /^\/admin(\/|$)/.test(served(request.target)))
  return reached === undefined
    ? undefined
    : `the origin serves ${served(reached.target)} for ${reached.target}`
}

/** The rules below the table, where the row itself leaves the status open. */
const rules: readonly (readonly [id: string, target: string, outcome: string])[] = [
  ...['/a\\b', '/a%5cb', '/a%00b', '/a%zz', '/a%', '/%c0%ae', '/a\x01b'].map(
    (t) => ['X01', t, '400'] as const,
  ),
  ['X02', '/%7Euser/%41%2dz', '/~user/A-z'],
  ['X02', '/a%c3%a9', '/a%C3%A9'],
  ['X02', '/a/b/../c', '/a/c'],
  ['X02', '/a/%2e/b', '/a/b'],
  ['X02', '/a;x/..;y/b', '/b'],
  ['X02', '/a//b///c', '/a/b/c'],
  ...['/a%2fb', '/a%2Fb', '/%2f'].map((t) => ['X03', t, '400'] as const),
  ['X04', '/a/./b?q=/../%zz', '/a/b?q=/../%zz'],
  ['X05', '/admin', '403'],
  ['X05', '/admin/x', '403'],
  ['X05', '/administrator', '/administrator'],
  ['X05', '/Exact', '403'],
  ['X05', '/exact', '/exact'],
]

const ruleCases: Case[] = rules.map(([id, target, outcome]) => ({
  id,
  what: `${JSON.stringify(target)} gives ${outcome}`,
  send: get(target),
  expect: outcome.startsWith('/')
    ? { kind: 'accepted', requests: [{ method: 'GET', target: outcome }], statuses: [200], after: 'open' }
    : { kind: 'accepted', requests: [], statuses: [Number(outcome)], after: 'either' },
}))

const kept: Case = {
  id: 'X03',
  what: '%2F is kept where the listener says keep',
  send: get('/a%2fb'),
  listener: 'keep',
  expect: {
    kind: 'accepted',
    requests: [{ method: 'GET', target: '/a%2Fb' }],
    statuses: [200],
    after: 'open',
  },
}

const stage = await openStage()

describe('paths', () => {
  after(() => stage[Symbol.asyncDispose]())
  catalogue(() => stage, [...rows.map(pathCase), ...ruleCases, kept])

  for (const target of rows) {
    test(`X06 normalising ${JSON.stringify(target.slice(0, 40))} twice changes nothing`, () => {
      const once = normalisePath(target.split(/[?#]/, 1)[0] ?? '', 'keep')

      assert.equal(once === undefined ? undefined : normalisePath(once, 'keep'), once)
    })
  }
})
