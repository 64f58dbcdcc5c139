import { withoutFields } from '../../http/field-block.ts'
import { isProtectedField } from '../../http/protected-fields.ts'
import { isToken } from '../../http/tokens.ts'
import type { JwtRule } from '../../model/filters/jwt.ts'
import { hideQuerySecrets } from '../../model/hide-secrets.ts'
import type { LocalReply } from '../../model/reply.ts'
import { assert } from '../../std/assert.ts'
import type { Filter, LateReply, RequestDraft } from '../filter.ts'
import type { Foresight } from '../foresight.ts'
import { ownNamesOf } from '../own-names.ts'
import type { FilterServices } from '../services.ts'
import { invalid, isPassed, Judge, noToken, type Passed } from './judge.ts'
import { findToken, withoutToken } from './place.ts'

const unavailable: LocalReply = Object.freeze({
  status: 503,
  reason: 'auth_unavailable',
  fields: '',
  body: undefined,
  detail: 'there are no keys to check the token with',
})

/**
 * Lets requests pass that carry a good token: signed by a key of the issuer, in time, for us, with the claims that are asked for.
 *
 * Waits only while there are no keys yet, or for a key that is not among them. Without keys it answers 503: it fails closed.
 * A token that was seen before costs a look-up; a new one a little more than checking its signature, which is done on the event
 * loop. Buffers nothing. Headers that it sets for the upstream are taken from every request first, with or without a token.
 */
export function jwt(rule: JwtRule, { jwt: runtime, clock }: Pick<FilterServices, 'jwt' | 'clock'>): Filter {
  const { from, forward, upstream, token: need } = rule
  for (const [name] of forward)
    assert(isToken(name) && !isProtectedField(name), `header "${name}" may be set`)
  const source = runtime.source(rule.keys)
  const judge = new Judge(rule, runtime)
  const find = findToken(from)
  const removed = upstream === 'remove' ? from : []
  const own = ownNamesOf(forward.map(([name]) => name))

  function stripped(request: RequestDraft): void {
    request.fields = withoutFields(request.fields, own)
    if (removed.length > 0) request.fields = withoutToken(removed, request.fields)
  }

  function apply(request: RequestDraft, { identity, lines }: Passed): undefined {
    request.identity = identity
    request.fields += lines
  }

  /** The answer if there is one now, and else what to wait for. */
  function decide(request: RequestDraft, token: string): LocalReply | undefined | Wait {
    const keys = source.current()
    if (keys === undefined) return { kind: 'wait', arrival: source.arrival(), otherwise: unavailable }
    const verdict = judge.judge(token, keys, clock.wall())
    if (verdict === 'unknown') return { kind: 'wait', arrival: source.newer(), otherwise: unknownKey }
    return isPassed(verdict) ? apply(request, verdict) : verdict
  }

  async function later(arrival: Promise<void>, token: string): Promise<LateReply> {
    await arrival
    return (request) => {
      const decision = decide(request, token)
      return isWait(decision) ? decision.otherwise : decision
    }
  }

  return {
    kind: 'jwt',
    summary: summaryOf(rule),
    onRequest(request) {
      const token = find(request)
      stripped(request)
      if (token === undefined) return need === 'optional' ? undefined : noToken
      const decision = decide(request, token)
      if (!isWait(decision)) return decision
      return decision.arrival === undefined ? decision.otherwise : later(decision.arrival, token)
    },
    onResponse: undefined,
    ownNames: own,
    foresee(request): Foresight {
      const token = find(request)
      stripped(request)
      if (token === undefined)
        return need === 'optional'
          ? { kind: 'passes', why: 'no token, and none is needed' }
          : { kind: 'answers', reply: noToken }
      const keys = source.current()
      if (keys === undefined) return { kind: 'depends', on: `the keys ${keysFrom(rule)}, which are not here` }
      const verdict = judge.judge(token, keys, clock.wall())
      if (verdict === 'unknown')
        return rule.keys.kind === 'url'
          ? { kind: 'depends', on: 'whether newer keys know the token' }
          : { kind: 'answers', reply: unknownKey }
      if (!isPassed(verdict)) return { kind: 'answers', reply: verdict }
      apply(request, verdict)
      return { kind: 'passes', why: `the token is of ${verdict.identity.subject || 'nobody named'}` }
    },
  }
}

interface Wait {
  readonly kind: 'wait'
  readonly arrival: Promise<void> | undefined
  /** When waiting is not possible, or did not help. */
  readonly otherwise: LocalReply
}

function isWait(decision: LocalReply | undefined | Wait): decision is Wait {
  return decision !== undefined && 'kind' in decision
}

const unknownKey = Object.freeze(invalid('has a signature or a kid that no key of the issuer is for'))

function summaryOf({ issuers, audiences, keys, claims, token }: JwtRule): string {
  const audience = audiences.length === 0 ? '' : ` for ${audiences.join(' or ')}`
  const asked = claims.map(({ claim, values, match }) => {
    return `, ${claim} ${values.join(match === 'all' ? ' and ' : ' or ')}`
  })
  const of = issuers.join(' or ')
  return `${token} token of ${of}${audience}${asked.join('')}; keys ${keysFrom({ keys })}`
}

function keysFrom({ keys }: Pick<JwtRule, 'keys'>): string {
  switch (keys.kind) {
    case 'url':
      return `of ${hideQuerySecrets(keys.url)}`
    case 'set':
      return 'of the configuration'
    case 'secret':
      return 'of a secret file'
  }
}
