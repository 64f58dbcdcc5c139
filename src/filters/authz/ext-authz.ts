import { fieldValue, withoutField, withoutFields } from '../../http/field-block.ts'
import type { ExtAuthz } from '../../model/filters/ext-authz.ts'
import { noClaims } from '../../model/identity.ts'
import type { LocalReply } from '../../model/reply.ts'
import { lengthPrefixed, onlyMessage } from '../../wire/grpc/message.ts'
import { authUnavailable } from '../auth-denial.ts'
import type { Filter, RequestDraft } from '../filter.ts'
import { bodyWords } from '../forward-auth.ts'
import { ownNamesOf } from '../own-names.ts'
import type { FilterServices } from '../services.ts'
import type { Subrequest, SubrequestAnswer } from '../subrequest.ts'
import { checkRequests } from './check-request.ts'
import { type Allowed, type CheckVerdict, type Denied, readCheckResponse } from './check-response.ts'
import { changedFields } from './header-change.ts'
import { isOwnHeader, mayRemove, maySet, maySetResponse } from './headers-of-server.ts'
import { changedQuery } from './query-change.ts'

const checkPath = '/envoy.service.auth.v3.Authorization/Check'
/** Largest answer that is read; Envoy has no limit of its own, and gRPC's usual one is 4 MiB. */
const answerBytes = 262_144

/**
 * Asks a server by Envoy's protocol for external authorization over gRPC whether a request may pass, and does with it what the answer
 * says.
 *
 * Stands where `forwardAuth` does. Costs one call to the cluster, with its time. What is no answer (none in time, an error of gRPC, a
 * message that cannot be read) is a 503 or, where `failure` is `open`, lets the request pass. Reasons: `unauthorized`, `forbidden`,
 * `body_too_large`, `auth_unavailable`.
 */
export function extAuthz(
  spec: ExtAuthz,
  { ask, clock, verdictCounts }: Pick<FilterServices, 'ask' | 'clock' | 'verdictCounts'>,
): Filter {
  const { cluster, timeout, toldBody, toUpstream, identity } = spec
  const messageOf = checkRequests(spec)
  const row = verdictCounts.row(cluster)
  const fixedFields = callFields(spec)
  const listed = toUpstream === 'any' ? [] : toUpstream
  const own = ownNamesOf(identity === undefined ? listed : [...listed, identity])

  function call(request: RequestDraft, message: Buffer): Subrequest {
    const id = fieldValue(request.fields, 'x-request-id')
    return {
      cluster,
      method: 'POST',
      target: checkPath,
      host: undefined,
      timeout,
      answerBytes,
      fields: id === undefined ? fixedFields : `${fixedFields}x-request-id: ${id}\r\n`,
      content: lengthPrefixed(message),
    }
  }

  /** Called only for a request that is still there: one that has ended is not counted. */
  function decide(answer: SubrequestAnswer, request: RequestDraft): LocalReply | undefined {
    const verdict = verdictOf(answer)
    const isClosed = verdict.kind === 'failed' && (spec.failure === 'closed' || verdict.mayDeny)
    verdictCounts.decided(row, isClosed ? 'unavailable' : verdict.kind === 'failed' ? 'passed' : verdict.kind)
    if (verdict.kind === 'denied') return denial(verdict.denied, `cluster "${cluster}"`)
    if (isClosed) return authUnavailable(verdict.why)
    request.fields = withoutFields(request.fields, own)
    if (verdict.kind === 'allowed') admit(spec, request, verdict.allowed)
    return undefined
  }

  function verdictOf(answer: SubrequestAnswer): CheckVerdict {
    const verdict = readAnswer(answer)
    return verdict.kind === 'failed' && answer.kind === 'answered'
      ? { ...verdict, why: `cluster "${cluster}": ${verdict.why}` }
      : verdict
  }

  return {
    kind: 'extAuthz',
    summary: `asks ${cluster} by ext_authz${bodyWords(toldBody)}, and is ${spec.failure} when it does not answer`,
    ...(toldBody && { body: toldBody }),
    onRequest(request, body) {
      const answer = ask(request, call(request, messageOf(request, clock.wall(), body)))
      return answer.then((late) => (still) => decide(late, still))
    },
    onResponse: undefined,
    ownNames: own,
    foresee: () => ({ kind: 'depends', on: `asks cluster "${cluster}"${bodyWords(toldBody)}` }),
  }
}

/** Header lines that every call has. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
function callFields({ timeout, metadata }: ExtAuthz): string {
  const lines = metadata.map(([name, value]) => `${name}: ${value}\r\n`)
  return `content-type: application/grpc\r\nte: trailers\r\ngrpc-timeout: ${Math.min(timeout, 99_999_999)}m\r\nuser-agent: tidegate\r\n${lines.join('')}`
}

function readAnswer(answer: SubrequestAnswer): CheckVerdict {
  if (answer.kind === 'unanswered') return failed(answer.detail)
  const { status, fields, trailers, body } = answer
  if (status !== 200) return failed(`answered ${status}`)
  if (body === undefined)
    return { kind: 'failed', why: `answered more than ${answerBytes} bytes`, mayDeny: true }
  const code = fieldValue(trailers, 'grpc-status') ?? fieldValue(fields, 'grpc-status')
  if (code !== '0') return failed(`answered grpc-status ${code?.slice(0, 10) ?? 'none'}`)
  const message = onlyMessage(body)
  return typeof message === 'string' ? failed(`answered ${message}`) : readCheckResponse(message)
}

function failed(why: string): CheckVerdict {
  return { kind: 'failed', why, mayDeny: false }
}

function admit({ toUpstream, identity }: ExtAuthz, request: RequestDraft, allowed: Allowed): void {
  const changes = allowed.headers.filter(({ name }) => maySet(name, toUpstream))
  request.fields = changedFields(request.fields, changes)
  for (const name of allowed.remove) {
    if (mayRemove(name)) request.fields = withoutField(request.fields, name)
  }
  const responseChanges = allowed.responseHeaders.filter(({ name }) => maySetResponse(name))
  if (responseChanges.length > 0) request.responseChanges = [...request.responseChanges, ...responseChanges]
  const known = request.upstreamQuery ?? request.query
  const query = changedQuery(known, allowed.query)
  if (query !== known) request.upstreamQuery = query
  const subject = allowed.headers.findLast(({ name }) => name === identity)?.value
  if (subject !== undefined && subject !== '')
    request.identity = { by: 'extAuthz', subject, claims: noClaims }
}

function denial({ status, headers, body }: Denied, who: string): LocalReply {
  const reason = status === 401 || (status >= 300 && status < 400) ? 'unauthorized' : 'forbidden'
  const changes = headers.filter(({ name }) => maySetResponse(name) && !isOwnHeader(name))
  const fields = changedFields('', changes)
  const detail = `${who}: denied with ${status}`
  if (body === '')
    return { status, reason, fields: withoutField(fields, 'content-type'), body: undefined, detail }
  return { status, reason, fields, body: Buffer.from(body, 'latin1').toString('utf8'), detail }
}
