import { fieldValue, withoutField } from '../http/field-block.ts'
import type { ForwardAuth } from '../model/filters/forward-auth.ts'
import { hideQuerySecrets } from '../model/hide-secrets.ts'
import type { LocalReply } from '../model/reply.ts'
import { type Deny, denials } from './auth-denial.ts'
import { questionFields } from './auth-question.ts'
import { chosenLines } from './chosen-lines.ts'
import type { BodyStart, Filter, LateReply, RequestDraft } from './filter.ts'
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
  { ask, verdicts }: Pick<FilterServices, 'ask' | 'verdicts'>,
): Filter {
  const { cluster, method, target, host, timeout, body: answerBytes, toldBody, cache } = spec
  const tell = questionFields(spec)
  const deny = denials(spec)
  const decide = (answer: SubrequestAnswer) => verdict(spec, answer, deny)

  function question(request: RequestDraft, body?: BodyStart): (asker: Asker) => Promise<SubrequestAnswer> {
    const asked = { cluster, method, target, host, timeout, answerBytes }
    const told = { ...asked, fields: tell(request, body), content: body?.bytes }
    return (asker) => ask(asker, told)
  }

  const consult =
    cache === undefined
      ? (request: RequestDraft, body?: BodyStart) => question(request, body)(request)
      : remembering({ cache, used: usedHeaders(spec), question }, verdicts)
  const remembers = cache === undefined ? '' : ` by ${verdictKeyWords(cache.key)}`
  return {
    kind: 'forwardAuth',
    summary: `asks ${cluster} for ${hideQuerySecrets(target)}${remembers && `; remembers verdicts${remembers}`}`,
    ...(toldBody && { body: toldBody }),
    onRequest(request, body) {
      const answer = consult(request, body)
      if (answer instanceof Promise) return answer.then(decide)
      const known = decide(answer)
      return typeof known === 'function' ? known(request) : known
    },
    onResponse: undefined,
    ownNames: spec.toUpstream,
    foresee: () => ({
      kind: 'depends',
      on: `asks cluster "${cluster}"${remembers && `, unless it remembers the verdict${remembers}`}`,
    }),
  }
}

/** Of an answer that is remembered no other header is kept. */
function usedHeaders({ toUpstream, toClient, denial, identity }: ForwardAuth): readonly string[] {
  const own = identity === undefined ? [] : [identity]
  return [...new Set([...toUpstream, ...toClient, ...denial, ...own, 'content-encoding'])]
}

function verdict(spec: ForwardAuth, answer: SubrequestAnswer, deny: Deny): LateReply {
  if (answer.kind === 'unanswered') return unavailable(answer.detail)
  if (answer.status >= 200 && answer.status < 300) {
    return (request) => admit(spec, answer.fields, request)
  }
  return (request) =>
    deny(answer, request) ?? unavailable(`cluster "${spec.cluster}": answered ${answer.status}`)
}

/** What a client sent under the names of headers that the answer may set never goes on, whether or not the answer sets them. */
function admit(spec: ForwardAuth, answer: string, request: RequestDraft): undefined {
  let fields = request.fields
  for (const name of spec.toUpstream) fields = withoutField(fields, name)
  request.fields = fields + chosenLines(answer, spec.toUpstream)
  request.responseFields += chosenLines(answer, spec.toClient)
  const subject = spec.identity === undefined ? undefined : fieldValue(answer, spec.identity)
  if (subject !== undefined && subject !== '')
    request.identity = { by: 'forwardAuth', subject, claims: noClaims }
}

const noClaims: ReadonlyMap<string, unknown> = new Map()

function unavailable(detail: string): LocalReply {
  return { status: 503, reason: 'auth_unavailable', fields: '', body: undefined, detail }
}
