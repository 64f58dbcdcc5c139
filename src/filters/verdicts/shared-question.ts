import { fieldValue } from '../../http/field-block.ts'
import type { RequestDraft } from '../filter.ts'
import type { Asker, Pending, SubrequestAnswer } from '../subrequest.ts'

/**
 * One question for all requests that would ask the same at the same time. It is asked in the name of none of them: when one ends, the
 * others still wait, and only when nobody does the question is ended.
 */
export class SharedQuestion {
  readonly answer: Promise<SubrequestAnswer>
  /** Nobody waited any more: whoever comes has to ask anew. */
  isEnded = false
  #waiting = 0
  readonly #asker: Asker

  /** @param ask asks now. */
  constructor(request: RequestDraft, ask: (asker: Asker) => Promise<SubrequestAnswer>) {
    this.#asker = standIn(request)
    this.answer = ask(this.#asker)
  }

  /** @returns the answer; `undefined` when the request has ended meanwhile. */
  async join(request: RequestDraft): Promise<SubrequestAnswer | undefined> {
    const waiter = new Waiter(() => this.#leave())
    this.#waiting++
    request.pending = waiter
    const answer = await this.answer
    if (waiter.isGone) return undefined
    if (request.pending === waiter) request.pending = undefined
    return answer
  }

  #leave(): void {
    this.#waiting--
    if (this.#waiting > 0) return
    this.isEnded = true
    this.#asker.pending?.stop()
  }
}

class Waiter implements Pending {
  isGone = false
  readonly #leave: () => void

  constructor(leave: () => void) {
    this.#leave = leave
  }

  stop(): void {
    if (this.isGone) return
    this.isGone = true
    this.#leave()
  }
}

/** What a question reads of a request, which may be over and its object another's before the question ends. */
function standIn(request: RequestDraft): Asker {
  const { listener, method, host, path, query, clientAddress, authority, fields } = request
  return {
    listener,
    method,
    host,
    path,
    query,
    clientAddress,
    authority,
    field: (name) => (name === 'host' ? authority : fieldValue(fields, name)),
    pending: undefined,
  }
}
