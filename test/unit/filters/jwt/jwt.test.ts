import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { foresee } from '../../../../src/filters/foresight.ts'
import { claimsAt, issuerKey, jwkSetOf, tokenOf } from '../../../support/jwt.ts'
import { answerOf, filterWith, withToken } from './rules.ts'

const algorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA']
const keys = new Map(algorithms.map((alg) => [alg, issuerKey(alg, `key-${alg}`)]))
const key = keys.get('ES256')!
const set = jwkSetOf(...keys.values())
/** Of the clock that tests start with. */
const wall = 1_700_000_001_000

const good = tokenOf(key, claimsAt(wall))

describe('jwt', () => {
  for (const [alg, one] of keys) {
    test(`lets a token pass that is signed with ${alg}`, async () => {
      const { filter } = filterWith(set)
      const draft = withToken(tokenOf(one, claimsAt(wall)))

      assert.equal(await answerOf(filter, draft), undefined)
      assert.equal(draft.identity?.by, 'jwt')
      assert.equal(draft.identity.subject, 'ann')
      assert.equal(draft.identity.claims.get('aud'), 'shop')
    })
  }

  test('lets a token pass that it has seen before', async () => {
    const { filter } = filterWith(set)
    await answerOf(filter, withToken(good))
    const draft = withToken(good)

    assert.equal(await answerOf(filter, draft), undefined)
    assert.equal(draft.identity?.subject, 'ann')
  })

  test('refuses a token that it has seen before once it has expired', async () => {
    const { filter, clock } = filterWith(set)
    await answerOf(filter, withToken(good))
    clock.advance(600_000)

    assert.match((await answerOf(filter, withToken(good)))?.detail ?? '', /has expired/)
  })

  test('asks for a token with a challenge that names no error', async () => {
    const { filter } = filterWith(set)

    const reply = await answerOf(filter, withToken(undefined))

    assert.deepEqual(
      [reply?.status, reply?.reason, reply?.fields],
      [401, 'unauthorized', 'www-authenticate: Bearer\r\n'],
    )
  })

  test('answers a bad token with what is wrong with it', async () => {
    const { filter } = filterWith(set)

    const reply = await answerOf(filter, withToken(tokenOf(key, claimsAt(wall, { aud: 'other' }))))

    assert.deepEqual(
      [reply?.status, reply?.fields],
      [
        401,
        'www-authenticate: Bearer error="invalid_token", error_description="the token is for another audience"\r\n',
      ],
    )
  })

  test('foresees that a key which is not among those written down never comes', () => {
    const { filter } = filterWith(set)
    const foresight = foresee(filter, withToken(tokenOf(issuerKey('ES256', 'other'), claimsAt(wall))))

    assert.equal(foresight.kind === 'answers' && foresight.reply.status, 401)
  })

  const seconds = wall / 1000
  for (const [what, claims, skew, flaw] of [
    ['ends this second', { exp: seconds }, 0, /has expired/],
    ['ends in a second', { exp: seconds + 1 }, 0, undefined],
    ['ended, within the skew', { exp: seconds - 29 }, 30_000, undefined],
    ['ended as long ago as the skew', { exp: seconds - 30 }, 30_000, /has expired/],
    ['begins this second', { nbf: seconds }, 0, undefined],
    ['begins in a second', { nbf: seconds + 1 }, 0, /is not good yet/],
    ['begins within the skew', { nbf: seconds + 30 }, 30_000, undefined],
    ['begins after the skew', { nbf: seconds + 31 }, 30_000, /is not good yet/],
    ['never ends', { exp: undefined }, 0, /has no exp/],
    ['ends at a text', { exp: String(seconds + 9) }, 0, /exp that is not a number/],
    ['ends at null', { exp: null }, 0, /exp that is not a number/],
    ['begins at a text', { nbf: '0' }, 0, /nbf that is not a number/],
    ['is of another issuer', { iss: 'https://issuer.test/' }, 0, /from another issuer/],
    ['is of no issuer', { iss: undefined }, 0, /from another issuer/],
    ['is of issuers in a list', { iss: ['https://issuer.test'] }, 0, /from another issuer/],
    ['is for several', { aud: ['other', 'shop'] }, 0, undefined],
    ['is for nobody', { aud: undefined }, 0, /for another audience/],
    ['is for nobody in a list', { aud: [] }, 0, /for another audience/],
    ['is for an object', { aud: { shop: 'shop' } }, 0, /for another audience/],
    ['has a subject that is a number', { sub: 7 }, 0, /sub that is not a text/],
    ['has a subject with a line break', { sub: 'a\r\nb' }, 0, /control character/],
    ['has a long subject', { sub: 'a'.repeat(513) }, 0, /longer than 512/],
  ] as const) {
    test(`${flaw === undefined ? 'takes' : 'refuses'} a token that ${what}`, async () => {
      const { filter } = filterWith(set, { clockSkewMs: skew })

      const reply = await answerOf(filter, withToken(tokenOf(key, claimsAt(wall, claims))))

      if (flaw === undefined) assert.equal(reply, undefined)
      else assert.match(reply?.detail ?? 'passed', flaw)
    })
  }

  test('takes a token that never ends where that is allowed', async () => {
    const { filter } = filterWith(set, { expiry: 'optional' })

    assert.equal(
      await answerOf(filter, withToken(tokenOf(key, claimsAt(wall, { exp: undefined })))),
      undefined,
    )
  })

  test('takes no algorithm that the rule leaves out, not even of a token that another rule has taken', async () => {
    const { filter } = filterWith(set, { algorithms: ['RS256'] })

    assert.match((await answerOf(filter, withToken(good)))?.detail ?? '', /alg that is not taken here/)
  })

  for (const [what, claims, asked, status] of [
    [
      'one of the values',
      { role: 'ops' },
      { claim: 'role', values: ['admin', 'ops'], match: 'any' },
      undefined,
    ],
    ['another value', { role: 'dev' }, { claim: 'role', values: ['admin', 'ops'], match: 'any' }, 403],
    ['no such claim', {}, { claim: 'role', values: ['admin'], match: 'any' }, 403],
    ['a list that holds it', { role: ['a', 'b'] }, { claim: 'role', values: ['b'], match: 'any' }, undefined],
    ['a list with one of two', { role: ['a'] }, { claim: 'role', values: ['a', 'b'], match: 'all' }, 403],
    [
      'a list with both',
      { role: ['b', 'a'] },
      { claim: 'role', values: ['a', 'b'], match: 'all' },
      undefined,
    ],
    [
      'a word of the scope',
      { scope: 'x read' },
      { claim: 'scope', values: ['read'], match: 'any' },
      undefined,
    ],
    ['a part of a word', { scope: 'reading' }, { claim: 'scope', values: ['read'], match: 'any' }, 403],
    ['words in another claim', { role: 'x read' }, { claim: 'role', values: ['read'], match: 'any' }, 403],
    ['a number', { level: 3 }, { claim: 'level', values: ['3'], match: 'any' }, undefined],
    ['a path', { realm: { roles: ['a'] } }, { claim: 'realm.roles', values: ['a'], match: 'any' }, undefined],
    [
      'a name with dots',
      { 'https://a.b/r': 'a' },
      { claim: 'https://a.b/r', values: ['a'], match: 'any' },
      undefined,
    ],
    [
      'what objects inherit',
      { a: {} },
      { claim: 'a.constructor.name', values: ['Object'], match: 'any' },
      403,
    ],
  ] as const) {
    test(`${status === 403 ? 'forbids' : 'lets pass'} a token whose claims say ${what}`, async () => {
      const { filter } = filterWith(set, { claims: [asked] })

      const reply = await answerOf(filter, withToken(tokenOf(key, claimsAt(wall, claims))))

      assert.equal(reply?.status, status)
      assert.equal(reply?.reason, status === 403 ? 'forbidden' : undefined)
    })
  }

  test('answers 403 with insufficient_scope', async () => {
    const { filter } = filterWith(set, { claims: [{ claim: 'scope', values: ['a'], match: 'any' }] })

    const reply = await answerOf(filter, withToken(good))

    assert.equal(reply?.fields, 'www-authenticate: Bearer error="insufficient_scope"\r\n')
  })

  test('makes headers of claims, and takes away what the client sent under their names', async () => {
    const forward = [
      ['x-user', 'sub'],
      ['x-roles', 'roles'],
      ['x-none', 'absent'],
    ] as const
    const { filter } = filterWith(set, { forward })
    const token = tokenOf(key, claimsAt(wall, { roles: ['a', 'b'] }))
    const draft = withToken(token, 'X-User: root\r\nx-none: mine\r\nx-other: 1\r\nx-user: root\r\n')

    await answerOf(filter, draft)

    assert.equal(
      draft.fields,
      `authorization: Bearer ${token}\r\nx-other: 1\r\nx-user: ann\r\nx-roles: a,b\r\n`,
    )
  })

  for (const [what, roles] of [
    ['a comma in an item', ['a,b']],
    ['an object', { a: 1 }],
    ['a line break', 'a\r\nx-admin: 1'],
    ['blanks around', ' a'],
    ['more than 4,096 bytes', 'a'.repeat(4097)],
  ] as const) {
    test(`makes no header of a claim with ${what}`, async () => {
      const { filter } = filterWith(set, { forward: [['x-roles', 'roles']], upstream: 'remove' })
      const draft = withToken(tokenOf(key, claimsAt(wall, { roles })), 'x-roles: mine\r\n')

      assert.equal(await answerOf(filter, draft), undefined)
      assert.equal(draft.fields, '')
    })
  }

  test('writes text beyond ASCII as the bytes of UTF-8', async () => {
    const { filter } = filterWith(set, { forward: [['x-name', 'name']], upstream: 'remove' })
    const draft = withToken(tokenOf(key, claimsAt(wall, { name: 'Zoë' })))

    await answerOf(filter, draft)

    assert.equal(draft.fields, 'x-name: Zo\u00c3\u00ab\r\n')
  })

  test('takes headers and token away where no token is needed and none came', async () => {
    const { filter } = filterWith(set, { token: 'optional', forward: [['x-user', 'sub']] })
    const draft = withToken(undefined, 'x-user: root\r\n')

    assert.equal(await answerOf(filter, draft), undefined)
    assert.deepEqual([draft.fields, draft.identity], ['', undefined])
  })

  test('refuses a bad token where none is needed', async () => {
    const { filter } = filterWith(set, { token: 'optional' })

    assert.equal((await answerOf(filter, withToken(`${good}x`)))?.status, 401)
  })

  test('finds a token in a cookie, and takes that cookie away', async () => {
    const { filter } = filterWith(set, { from: [{ kind: 'cookie', name: 'session' }], upstream: 'remove' })
    const draft = withToken(undefined, `cookie: a=1; session=${good}; b=2\r\n`)

    assert.equal(await answerOf(filter, draft), undefined)
    assert.equal(draft.fields, 'cookie: a=1; b=2\r\n')
  })

  test('finds a token in the query', async () => {
    const { filter } = filterWith(set, { from: [{ kind: 'query', name: 'access_token' }] })

    assert.equal(
      await answerOf(filter, { ...withToken(undefined), query: `a=1&access_token=${good}` }),
      undefined,
    )
  })

  const places = [
    { kind: 'header', name: 'authorization' },
    { kind: 'cookie', name: 'session' },
    { kind: 'query', name: 'token' },
  ] as const
  for (const [what, fields, query] of [
    ['behind another scheme', `authorization: Basic x\r\nauthorization: Bearer ${good}x\r\n`, ''],
    ['behind a tab', `authorization: Bearer\t${good}x\r\n`, ''],
    ['in a cookie with a blank behind its name', `cookie: session =${good}x\r\n`, ''],
    ['in the second of two cookies', `cookie: session=${good}; a=1; session=${good}x\r\n`, ''],
    ['in the second of two parameters', '', `token=${good}&a=1&%74oken=${good}x`],
  ] as const) {
    test(`refuses a bad token where none is needed: ${what}`, async () => {
      const { filter } = filterWith(set, { token: 'optional', from: places })

      assert.equal((await answerOf(filter, { ...withToken(undefined, fields), query }))?.status, 401)
    })
  }

  test('finds a token in another header with and without a scheme', async () => {
    const { filter } = filterWith(set, { from: [{ kind: 'header', name: 'x-token' }] })

    assert.equal(await answerOf(filter, withToken(undefined, `x-token: ${good}\r\n`)), undefined)
    assert.equal(await answerOf(filter, withToken(undefined, `x-token: bearer ${good}\r\n`)), undefined)
  })

  test('answers 503 where there is no key at all', async () => {
    const { filter } = filterWith('{}')

    const reply = await answerOf(filter, withToken(good))

    assert.deepEqual([reply?.status, reply?.reason], [503, 'auth_unavailable'])
  })
})
