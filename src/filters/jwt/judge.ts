import type { JwtRule } from '../../model/filters/jwt.ts'
import type { Identity } from '../../model/identity.ts'
import type { LocalReply } from '../../model/reply.ts'
import { type Claims, claimField, hasClaim, partiesFlaw, registeredClaims, timeFlaw } from './claims.ts'
import type { JwtRuntime } from './jwt-runtime.ts'
import { candidates, type KeySet } from './key-set.ts'
import { type ParsedToken, parseToken } from './token.ts'
import type { VerifiedToken } from './token-cache.ts'

/** A token that lets a request pass. */
export interface Passed {
  readonly identity: Identity
  /** Header lines for the upstream. */
  readonly lines: string
}

/** `unknown` when newer keys may know it: then it is to be looked at once more. */
export type Verdict = Passed | LocalReply | 'unknown'

export function isPassed(verdict: Passed | LocalReply): verdict is Passed {
  return 'identity' in verdict
}

/** Judges tokens by one rule. */
export class Judge {
  readonly #rule: JwtRule
  readonly #runtime: JwtRuntime
  readonly #insufficient: readonly LocalReply[]

  constructor(rule: JwtRule, runtime: JwtRuntime) {
    this.#rule = rule
    this.#runtime = runtime
    this.#insufficient = rule.claims.map(({ claim, values }) => insufficient(claim, values))
  }

  /** @param wall milliseconds since 1970. */
  judge(token: string, keys: KeySet, wall: number): Verdict {
    const known = this.#runtime.tokens.get(token)
    if (known !== undefined && known.keys === keys) return this.#judgeVerified(token, known, wall)
    const parsed = parseToken(token, this.#runtime.headers)
    if (typeof parsed === 'string') return invalid(parsed)
    const registered = registeredClaims(parsed.claims)
    if (typeof registered === 'string') return invalid(registered)
    const rule = this.#rule
    // What is cheap comes first; none of it is a secret.
    if (!rule.algorithms.includes(parsed.algorithm)) return invalid('has an alg that is not taken here')
    const flaw = timeFlaw(registered, rule, wall) ?? partiesFlaw(parsed.claims, rule)
    if (flaw !== undefined) return invalid(flaw)
    const signature = signatureOf(parsed, keys)
    if (signature === 'unknown') return 'unknown'
    if (signature === 'bad') return invalid('has a signature that none of the keys made')
    const { claims, algorithm } = parsed
    const verified = { claims, registered, algorithm, keys, judgedBy: undefined, judgement: undefined }
    this.#runtime.tokens.put(token, verified)
    return this.#judgeVerified(token, verified, wall)
  }

  /** Time is looked at every time; the rest once, as long as the same route asks. */
  #judgeVerified(token: string, verified: VerifiedToken, wall: number): Passed | LocalReply {
    const flaw = timeFlaw(verified.registered, this.#rule, wall)
    if (flaw !== undefined) {
      this.#runtime.tokens.delete(token)
      return invalid(flaw)
    }
    if (verified.judgedBy === this) return verified.judgement as Passed | LocalReply
    const judgement = this.#judgeClaims(verified)
    verified.judgedBy = this
    verified.judgement = judgement
    return judgement
  }

  #judgeClaims({ claims, registered, algorithm }: VerifiedToken): Passed | LocalReply {
    const { algorithms, claims: required, forward } = this.#rule
    if (!algorithms.some((one) => one === algorithm)) return invalid('has an alg that is not taken here')
    const flaw = partiesFlaw(claims, this.#rule)
    if (flaw !== undefined) return invalid(flaw)
    for (const [i, one] of required.entries()) {
      if (!hasClaim(claims, one)) return this.#insufficient[i] ?? insufficient(one.claim, one.values)
    }
    return {
      identity: { by: 'jwt', subject: registered.subject, claims },
      lines: forwardLines(forward, claims),
    }
  }
}

function signatureOf(parsed: ParsedToken, keys: KeySet): 'good' | 'bad' | 'unknown' {
  const possible = candidates(keys, parsed.kid, parsed.algorithm)
  for (const one of possible) if (one.isSigned(parsed.signed, parsed.signature)) return 'good'
  // Without a kid, a key that is not there yet looks like a bad signature.
  return possible.length === 0 || parsed.kid === undefined ? 'unknown' : 'bad'
}

function forwardLines(forward: JwtRule['forward'], claims: Claims): string {
  let lines = ''
  for (const [header, claim] of forward) {
    const value = claimField(claims, claim)
    if (value !== undefined) lines += `${header}: ${value}\r\n`
  }
  return lines
}

/** No token: RFC 6750 §3 asks for a challenge without an error then. */
export const noToken: LocalReply = Object.freeze({
  status: 401,
  reason: 'unauthorized',
  fields: 'www-authenticate: Bearer\r\n',
  body: undefined,
  detail: 'the request carries no token',
})

/** RFC 6750 §3.1. @param flaw follows "the token"; no quotes, no backslash. */
export function invalid(flaw: string): LocalReply {
  return {
    status: 401,
    reason: 'unauthorized',
    fields: `www-authenticate: Bearer error="invalid_token", error_description="the token ${flaw}"\r\n`,
    body: undefined,
    detail: `the token ${flaw}`,
  }
}

/** RFC 6750 §3.1. The log says which claim; strangers need not know the names of roles. */
function insufficient(claim: string, values: readonly string[]): LocalReply {
  return Object.freeze({
    status: 403,
    reason: 'forbidden',
    fields: 'www-authenticate: Bearer error="insufficient_scope"\r\n',
    body: undefined,
    detail: `the token does not say ${values.map((value) => `"${value}"`).join(' or ')} in claim "${claim}"`,
  })
}
