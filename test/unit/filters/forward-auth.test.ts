import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RequestDraft } from '../../../src/filters/filter.ts'
import { foresee } from '../../../src/filters/foresight.ts'
import { forwardAuth } from '../../../src/filters/forward-auth.ts'
import type { Ask, Subrequest, SubrequestAnswer } from '../../../src/filters/subrequest.ts'
import type { ForwardAuth } from '../../../src/model/filters/forward-auth.ts'
import type { LocalReply } from '../../../src/model/reply.ts'
import { filterServices, requestDraft } from './drafts.ts'

const spec: ForwardAuth = {
  cluster: 'auth',
  target: '/verify',
  method: 'GET',
  host: undefined,
  told: ['cookie'],
  toldBody: undefined,
  toUpstream: ['x-user'],
  toClient: ['set-cookie'],
  denial: ['location', 'www-authenticate'],
  identity: 'x-user',
  timeout: 1000,
  body: 100,
  signIn: undefined,
  cache: undefined,
}

function answered(status: number, fields = '', body = ''): SubrequestAnswer {
  return { kind: 'answered', status, fields, body: Buffer.from(body), trailers: '' }
}

/** What becomes of a request when this is answered, and what was asked. */
async function outcome(
  answer: SubrequestAnswer,
  { draft = requestDraft(), ...more }: Partial<ForwardAuth> & { draft?: RequestDraft } = {},
) {
  let asked: Subrequest | undefined
  const ask: Ask = (_, subrequest) => {
    asked = subrequest
    return Promise.resolve(answer)
  }
  const late = await forwardAuth({ ...spec, ...more }, { ...filterServices, ask }).onRequest?.(draft)
  const untouched = { ...draft }
  const reply: LocalReply | undefined = typeof late === 'function' ? late(draft) : late
  return { reply, draft, asked, untouched }
}

describe('forwardAuth', () => {
  test('touches the draft only when it is told that the request is still there', async () => {
    const draft = requestDraft({ fields: 'X-USER: root\r\naccept: x\r\n' })

    const got = await outcome(answered(200, 'X-User: ann\r\nset-cookie: a=1\r\n'), { draft })

    assert.equal(got.reply, undefined)
    assert.deepEqual(
      [got.untouched.fields, got.untouched.identity, got.untouched.responseFields],
      ['X-USER: root\r\naccept: x\r\n', undefined, ''],
    )
    assert.equal(draft.fields, 'accept: x\r\nx-user: ann\r\n')
    assert.equal(draft.responseFields, 'set-cookie: a=1\r\n')
    assert.deepEqual(draft.identity, { by: 'forwardAuth', subject: 'ann', claims: new Map() })
  })

  test('takes away what a client says of who it is where the upstream is not told', async () => {
    const draft = requestDraft({ fields: 'X-USER: root\r\naccept: x\r\n' })

    await outcome(answered(200, 'X-User: ann\r\n'), { draft, toUpstream: [] })

    assert.deepEqual([draft.fields, draft.identity?.subject], ['accept: x\r\n', 'ann'])
    assert.deepEqual(forwardAuth({ ...spec, toUpstream: [] }, filterServices).ownNames, ['x-user'])
  })

  test('tells what concerns the upstream where it is named, and not among all', async () => {
    const lines = 'content-type: a/b\r\nRange: bytes=0-1\r\nSec-WebSocket-Protocol: token.abc\r\n'
    const draft = requestDraft({ fields: lines })

    const named = await outcome(answered(200), {
      told: ['content-type', 'range', 'sec-websocket-protocol'],
      draft,
    })
    const all = await outcome(answered(200), { told: 'all', draft })

    assert.equal(named.asked?.fields.startsWith(lines), true)
    assert.doesNotMatch(all.asked?.fields ?? '', /content-type|range|websocket/i)
  })

  test('never tells what a server could take for a header of ours', async () => {
    const twins = ['X_Real_Ip', 'x-auth_body', 'X_FORWARDED_FOR', 'x_forwarded_uri', 'X_Request-Id']
    const lines = twins.map((name) => `${name}: evil\r\n`).join('')

    const { asked } = await outcome(answered(200), {
      told: 'all',
      draft: requestDraft({ fields: `${lines}x_own: fine\r\n` }),
    })

    assert.doesNotMatch(asked?.fields ?? 'evil', /evil/)
    assert.match(asked?.fields ?? '', /^x_own: fine\r\n/)
  })

  test('knows nobody when the answer does not say who it is', async () => {
    const { draft } = await outcome(answered(204, 'x-user:\r\n'))

    assert.equal(draft.identity, undefined)
  })

  test('is closed when nobody answers, with why for the log', async () => {
    const { reply } = await outcome({ kind: 'unanswered', detail: 'cluster "auth": has no endpoint' })

    assert.deepEqual(
      [reply?.status, reply?.reason, reply?.fields, reply?.detail],
      [503, 'auth_unavailable', '', 'cluster "auth": has no endpoint'],
    )
  })

  for (const [status, reason] of [
    [200, undefined],
    [299, undefined],
    [300, 'auth_unavailable'],
    [301, 'unauthorized'],
    [304, 'auth_unavailable'],
    [305, 'auth_unavailable'],
    [308, 'unauthorized'],
    [400, 'forbidden'],
    [401, 'unauthorized'],
    [402, 'auth_unavailable'],
    [403, 'forbidden'],
    [404, 'auth_unavailable'],
    [407, 'auth_unavailable'],
    [429, 'forbidden'],
    [500, 'auth_unavailable'],
    [599, 'auth_unavailable'],
  ] as const) {
    test(`takes ${status} for ${reason ?? 'a yes'}`, async () => {
      const { reply } = await outcome(answered(status))

      assert.equal(reply?.reason, reason)
      assert.equal(reply?.status, reason === 'auth_unavailable' ? 503 : reason && status)
    })
  }

  test('says the scheme that a trusted proxy says, in the URL and on the way to sign in', async () => {
    const draft = requestDraft({ path: '/a', query: 'b', forwardedProto: 'https, http' })
    const signIn = { url: '{scheme}://{host}/in?{uri}', parameter: 'rd', status: 302 } as const

    const { reply, asked } = await outcome(answered(401), { draft, signIn })

    assert.match(asked?.fields ?? '', /x-original-url: https:\/\/a\.test\/a\?b\r\n/)
    const back = encodeURIComponent('https://a.test/a?b')
    assert.equal(reply?.fields, `location: https://a.test/in?/a?b&rd=${back}\r\n`)
  })

  for (const [path, query] of [
    ['/a\r\nx: y', ''],
    ['/', 'a=\r\nset-cookie: b=1'],
    ['/\u00e9"<>', '{|}'],
  ] as const) {
    test(`writes no line of its own for ${JSON.stringify(`${path}?${query}`)}`, async () => {
      const draft = requestDraft({ path, query })
      const signIn = { url: '/in?to={uri}', parameter: 'rd', status: 302 } as const

      const { reply, asked } = await outcome(answered(401), { draft, signIn })

      assert.match(reply?.fields ?? '', /^location: [!-~]+\r\n$/)
      for (const line of (asked?.fields ?? '').slice(0, -2).split('\r\n')) {
        assert.match(line, /^[a-z-]+: [ -~]*$/)
        assert.doesNotMatch(line, /^(?:x|set-cookie):/)
      }
    })
  }

  test('says how much of the body it tells', () => {
    const filter = forwardAuth({ ...spec, toldBody: { most: 10, larger: 'part' } }, filterServices)

    assert.match(filter.summary, /^asks auth for \/verify with up to 10 bytes of the body$/)
  })

  test('is foreseen without asking anybody', () => {
    const filter = forwardAuth(spec, { ...filterServices, ask: () => assert.fail('nobody is to be asked') })

    assert.deepEqual(foresee(filter, requestDraft()), { kind: 'depends', on: 'asks cluster "auth"' })
  })
})
