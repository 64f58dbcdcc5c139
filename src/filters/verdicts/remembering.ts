import { fieldValue, hasField } from '../../http/field-block.ts'
import type { VerdictReuse } from '../../model/auth-verdict.ts'
import type { VerdictCache } from '../../model/filters/verdict-cache.ts'
import { ownText } from '../../std/own-text.ts'
import type { Ms } from '../../std/units.ts'
import { isVerdict } from '../auth-denial.ts'
import { chosenLines } from '../chosen-lines.ts'
import type { RequestDraft } from '../filter.ts'
import type { Answered, Asker, SubrequestAnswer } from '../subrequest.ts'
import { SharedQuestion } from './shared-question.ts'
import { verdictKey } from './verdict-key.ts'
import type { VerdictMemory } from './verdict-memory.ts'

/** What is remembered, and how its answer is come by. */
export interface Remembered {
  readonly cache: VerdictCache
  /** Headers of an answer that are used, in lower case. */
  readonly used: readonly string[]
  /** Makes the question of a request, to be asked in anybody's name. */
  readonly question: (request: RequestDraft) => (asker: Asker) => Promise<SubrequestAnswer>
  /** A request needs no question of its own. */
  readonly onReuse: (how: VerdictReuse) => void
}

const ended: SubrequestAnswer = { kind: 'unanswered', detail: 'the request has ended' }

/**
 * Gives the answer that is remembered, at once, or asks. Requests that would ask the same at the same time share one question; an
 * answer that is meant for one client (`cache-control`, or a cookie that goes on) is neither remembered nor shared, and the others
 * then ask for themselves.
 */
export function remembering(
  { cache, used, question, onReuse }: Remembered,
  memory: VerdictMemory,
): (request: RequestDraft) => Answered | Promise<SubrequestAnswer> {
  const keyOf = verdictKey(cache.key)
  const digestOf = memory.digests()
  const setsCookies = used.includes('set-cookie')

  function isForAll(answer: SubrequestAnswer): boolean {
    if (answer.kind === 'unanswered') return true
    if (isVerdict(answer.status) && lifetimeOf(cache, answer.status) === 0) return false
    return !isForOne(answer.fields) && !(setsCookies && hasField(answer.fields, 'set-cookie'))
  }

  function keep(digest: string, answer: SubrequestAnswer): void {
    if (answer.kind === 'unanswered' || !isVerdict(answer.status) || !isForAll(answer)) return
    const holds = lifetimeOf(cache, answer.status)
    const body = answer.status < 300 || answer.body === undefined ? undefined : ownBytes(answer.body)
    memory.put(
      digest,
      { ...answer, fields: ownText(chosenLines(answer.fields, used)), body, trailers: '' },
      holds,
    )
  }

  function begin(request: RequestDraft, digest: string): SharedQuestion {
    const shared = new SharedQuestion(request, question(request))
    memory.questions.set(digest, shared)
    const settle = (answer: SubrequestAnswer) => {
      if (memory.questions.get(digest) === shared) memory.questions.delete(digest)
      keep(digest, answer)
      return undefined
    }
    shared.answer.then(settle, () => settle(ended))
    return shared
  }

  async function join(request: RequestDraft, digest: string): Promise<SubrequestAnswer> {
    const running = memory.questions.get(digest)
    const shared = running === undefined || running.isEnded ? begin(request, digest) : running
    const answer = await shared.join(request)
    if (answer === undefined) return ended
    if (shared !== running) return answer
    if (!isForAll(answer)) return question(request)(request)
    onReuse('shared')
    return answer
  }

  return (request) => {
    const key = keyOf(request)
    if (key === undefined) return question(request)(request)
    const digest = digestOf(key)
    const known = memory.get(digest)
    if (known === undefined) return join(request, digest)
    onReuse('remembered')
    return known
  }
}

/** 0: not at all. */
function lifetimeOf({ lifetimes }: VerdictCache, status: number): Ms {
  return lifetimes.find(({ from, to }) => status >= from && status <= to)?.holds ?? 0
}

/** RFC 9111 §5.2.2: what a memory that serves several clients has to leave alone, or would have to ask about each time. */
function isForOne(fields: string): boolean {
  const text = fieldValue(fields, 'cache-control')
  return (
    text !== undefined &&
    /(?:^|[,\s])(?:no-store|no-cache|private|(?:max-age|s-maxage)="?0"?(?!\d))/i.test(text)
  )
}

/** With memory of their own: a slice of Node's pool would hold all of its 64 KiB. */
function ownBytes(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
}
