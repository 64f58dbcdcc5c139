import { fieldValue, withoutFields } from '../http/field-block.ts'
import type { BodyWish } from '../model/filters/body-wish.ts'
import type { ForwardAuth } from '../model/filters/forward-auth.ts'
import { hideQuerySecrets } from '../model/hide-secrets.ts'
import { noClaims } from '../model/identity.ts'
import type { LocalReply } from '../model/reply.ts'
import { authUnavailable, denials, isVerdict } from './auth-denial.ts'
import { questionFields } from './auth-question.ts'
import { chosenLines } from './chosen-lines.ts'
import type { BodyStart, Filter, RequestDraft } from './filter.ts'
import { ownNamesOf } from './own-names.ts'
import type { FilterServices } from './services.ts'
import type { Asker, SubrequestAnswer } from './subrequest.ts'
import { remembering } from './verdicts/remembering.ts'
import { verdictKeyWords } from './verdicts/verdict-key.ts'

/**
 * Asks another server whether a request may pass, and goes by the status of its answer: 2xx lets it pass, 401, 403, 400, 429 and
 * redirects deny it; everything else, and no answer in time, is a 503.
 *
 * Stands behind what rewrites the headers it tells, and in front of what goes by the identity. Costs one request to the cluster, with
 * its latency, or a digest and a look-up when the verdict is remembered. With `toldBody` it waits for that
 * much of the body. Fails closed. Reasons: `unauthorized`, `forbidden`, `auth_unavailable`.
 */
export function forwardAuth(
  spec: ForwardAuth,
  { ask, verdicts, verdictCounts }: Pick<FilterServices, 'ask' | 'verdicts' | 'verdictCounts'>,
): Filter {
  const { cluster, method, target, host, timeout, body: answerBytes, toldBody, cache } = spec
  const tell = questionFields(spec)
  const deny = denials(spec)
  const row = verdictCounts.row(cluster)
  const own = ownHeaders(spec)
  // Of the answer itself: they would be taken for the response's.
  const toClient = spec.toClient.filter((name) => name !== 'content-encoding' && name !== 'date')
  const given = { ...spec, toClient }

  /** Called only for a request that is still there: one that has ended is not counted. */
  function decide(answer: SubrequestAnswer, request: RequestDraft): LocalReply | undefined {
    if (answer.kind === 'answered' && isVerdict(answer.status)) {
      verdictCounts.decided(row, answer.status < 300 ? 'allowed' : 'denied')
      return answer.status < 300 ? admit(given, own, answer.fields, request) : deny(answer, request)
    }
    verdictCounts.decided(row, 'unavailable')
    return authUnavailable(
      answer.kind === 'unanswered' ? answer.detail : `cluster "${cluster}": answered ${answer.status}`,
    )
  }

  function question(request: RequestDraft, body?: BodyStart): (asker: Asker) => Promise<SubrequestAnswer> {
    const [fields, content] = [tell(request, body), body?.bytes]
    return (asker) => ask(asker, { cluster, method, target, host, timeout, answerBytes, fields, content })
  }

  const consult =
    cache === undefined
      ? (request: RequestDraft, body?: BodyStart) => question(request, body)(request)
      : remembering(
          { cache, used: usedHeaders(spec), question, onReuse: (how) => verdictCounts.reused(row, how) },
          verdicts,
        )
  const remembers = cache === undefined ? '' : ` by ${verdictKeyWords(cache.key)}`
  const tells = bodyWords(toldBody)
  return {
    kind: 'forwardAuth',
    summary: `asks ${cluster} for ${hideQuerySecrets(target)}${tells}${remembers && `; remembers verdicts${remembers}`}`,
    ...(toldBody && { body: toldBody }),
    onRequest(request, body) {
      const answer = consult(request, body)
      if (!(answer instanceof Promise)) return decide(answer, request)
      return answer.then((late) => (still) => decide(late, still))
    },
    onResponse: undefined,
    ownNames: own,
    foresee: () => ({
      kind: 'depends',
      on: `asks cluster "${cluster}"${tells}${remembers && `, unless it remembers the verdict${remembers}`}`,
    }),
  }
}

/** ` with up to 8192 bytes of the body`, for explain; `""` for nothing. */
export function bodyWords(body: BodyWish | undefined): string {
  return body === undefined ? '' : ` with up to ${body.most} bytes of the body`
}

/** Of an answer that is remembered no other header is kept. */
function usedHeaders({ toUpstream, toClient, denial, identity }: ForwardAuth): readonly string[] {
  const own = identity === undefined ? [] : [identity]
  return [...new Set([...toUpstream, ...toClient, ...denial, ...own, 'content-encoding'])]
}

/** What the answer may set for the upstream, and what it says of who asks, which a client must not say in its place. */
function ownHeaders({ toUpstream, identity }: ForwardAuth): readonly string[] {
  return ownNamesOf(identity === undefined ? toUpstream : [...toUpstream, identity])
}

/** What a client sent under `own` names never goes on, whether or not the answer sets them. */
function admit(spec: ForwardAuth, own: readonly string[], answer: string, request: RequestDraft): undefined {
  request.fields = withoutFields(request.fields, own) + chosenLines(answer, spec.toUpstream)
  request.responseFields += chosenLines(answer, spec.toClient)
  const subject = spec.identity === undefined ? undefined : fieldValue(answer, spec.identity)
  if (subject !== undefined && subject !== '')
    request.identity = { by: 'forwardAuth', subject, claims: noClaims }
}
