import type { LimitRule } from '../model/filters/limit-rule.ts'
import type { LocalReply } from '../model/reply.ts'

/** A rule of a limit, as its answers speak of it. */
export interface ToldRule {
  readonly spec: Pick<LimitRule, 'status' | 'headers'>
  /** How clients see it: `client-ip`. */
  readonly policy: string
  /** `100/s, burst 100, for each client-ip`, for log and explain. */
  readonly text: string
}

type Over = 'rate_limited' | 'concurrency_limited'

/** For a request over a limit. @param fields header lines besides. */
export function overReply(reason: Over, rule: ToldRule, fields: string): LocalReply {
  const { status } = rule.spec
  return {
    status,
    reason,
    fields: `${fields}${problemType}`,
    body: overBody(rule, status),
    detail: `over ${rule.text}`,
  }
}

/** For a request that lacks a part of the key of a rule that refuses such. */
export function lackingReply(reason: Over, rule: ToldRule): LocalReply {
  const detail = `the request lacks a part of the key of ${rule.text}`
  return { ...overReply(reason, rule, ''), detail }
}

/** For a request that cannot be counted. @param detail who does not answer. */
export function unavailableReply(retryAfterSeconds: number, detail: string): LocalReply {
  return {
    status: 503,
    reason: 'limiter_unavailable',
    fields: `retry-after: ${retryAfterSeconds}\r\n${problemType}`,
    body: unavailableBody,
    detail,
  }
}

const problemType = 'content-type: application/problem+json\r\n'
const problems = 'https://iana.org/assignments/http-problem-types#'

/** RFC 9457, with the type of draft-ietf-httpapi-ratelimit-headers-11 §6. */
function overBody({ spec, policy }: ToldRule, status: number): string {
  const violated = spec.headers === 'off' ? {} : { 'violated-policies': [policy] }
  const problem = { type: `${problems}quota-exceeded`, title: 'too many requests', status, ...violated }
  return `${JSON.stringify(problem)}\n`
}

const unavailableBody = `${JSON.stringify({
  type: `${problems}temporary-reduced-capacity`,
  title: 'requests cannot be counted at the moment',
  status: 503,
})}\n`
