import type { Filter, LateReply, RequestDraft } from '../../../../src/filters/filter.ts'
import { jwt } from '../../../../src/filters/jwt/jwt.ts'
import { JwtRuntime } from '../../../../src/filters/jwt/jwt-runtime.ts'
import type { JwtRule } from '../../../../src/model/filters/jwt.ts'
import { publicAlgorithms } from '../../../../src/model/jwk-set.ts'
import type { LocalReply } from '../../../../src/model/reply.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { requestDraft } from '../drafts.ts'

/** A rule as the native form would have it, for tokens of `claimsAt`. */
export function ruleOf(keys: JwtRule['keys'], parts: Partial<JwtRule> = {}): JwtRule {
  return {
    issuers: ['https://issuer.test'],
    audiences: ['shop'],
    algorithms: publicAlgorithms,
    keys,
    from: [{ kind: 'header', name: 'authorization' }],
    claims: [],
    clockSkewMs: 0,
    token: 'required',
    expiry: 'required',
    forward: [],
    upstream: 'keep',
    ...parts,
  }
}

/** A filter whose keys are written down, on a clock that stands still. */
export function filterWith(set: string, parts: Partial<JwtRule> = {}): { filter: Filter; clock: FakeClock } {
  const clock = new FakeClock()
  return { filter: jwt(ruleOf({ kind: 'set', text: set }, parts), { clock, jwt: offline(clock) }), clock }
}

export function offline(clock: FakeClock): JwtRuntime {
  return new JwtRuntime({
    clock,
    random: () => 0,
    fetch: () => Promise.resolve({ kind: 'failed', why: 'nobody is there' }),
    text: () => undefined,
    onFetched: () => {},
    onEvent: () => {},
  })
}

/** A request with a token, and whatever other header lines. */
export function withToken(token: string | undefined, fields = ''): RequestDraft {
  const line = token === undefined ? '' : `authorization: Bearer ${token}\r\n`
  const draft = requestDraft({ fields: line + fields })
  return Object.assign(draft, { field: fieldOf(line + fields) })
}

/** What a filter answers, now or later; `undefined` when the request passes. */
export async function answerOf(filter: Filter, draft: RequestDraft): Promise<LocalReply | undefined> {
  const reply: LateReply = await filter.onRequest?.(draft)
  return typeof reply === 'function' ? reply(draft) : reply
}

function fieldOf(fields: string): (name: string) => string | undefined {
  const lines = fields.split('\r\n').map((line) => line.split(': '))
  return (name) => {
    const values = lines.filter(([field]) => field === name).map(([, value]) => value)
    return values.length === 0 ? undefined : values.join(', ')
  }
}
