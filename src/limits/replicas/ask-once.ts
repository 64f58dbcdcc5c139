import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import type { Store } from '../store.ts'
import type { Elsewhere, StoreAnswer, StoreFailure, StoreQuestion } from '../store-link.ts'

/** How long an answer is waited for that no request waits for. */
const deadline: Ms = 1000

/**
 * Asks the store one question about one key. `undefined` when it is away, or does not answer; then its health hears of it.
 * In a Cluster it follows one redirection: whoever asks seldom asks again.
 */
export function askOnce(
  store: Store,
  question: StoreQuestion,
  clock: Clock,
): Promise<readonly number[] | undefined> {
  const slot = store.slotOf(question.keys[0] ?? '')
  const node = store.isUp ? store.nodeOf(slot) : undefined
  if (node === undefined) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    let isOver = false
    const settle = (reply: readonly number[] | undefined, failure?: StoreFailure): void => {
      if (isOver) return
      isOver = true
      clock.clearTimeout(timer)
      if (failure === undefined) node.health.succeeded()
      else node.health.failed(failure, question.script)
      resolve(reply)
    }
    const timer = clock.setTimeout(
      () => settle(undefined, { kind: 'timeout', cause: 'it does not answer in time' }),
      deadline,
    )
    const answer = (onElsewhere: (elsewhere: Elsewhere) => void): StoreAnswer => ({
      onReply: (reply) => settle(reply),
      onFailure: (failure) => settle(undefined, failure),
      onElsewhere,
    })
    const follow = (elsewhere: Elsewhere): void => {
      const other = store.follow(slot, node, elsewhere)
      const asking = elsewhere.kind === 'asking' ? 'on' : 'off'
      if (other === undefined) settle(undefined)
      else
        other.link.ask(
          { ...question, asking },
          answer(() => settle(undefined)),
        )
    }
    node.link.ask(question, answer(follow))
  })
}
