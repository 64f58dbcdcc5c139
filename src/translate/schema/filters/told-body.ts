import type { Static } from 'typebox'
import { Flaw } from '../../format/flaw.ts'
import { type Mismatch, object, text, word } from '../build.ts'

/** As much memory may one request that waits take. */
const mostToldBytes = 1024 * 1024

/** How much of a body is told, in whatever form: see `BodyWish` in the model. */
export const toldBodyParts = {
  max: text('size', {
    default: '8KiB',
    description: 'As much of the body is kept and sent, at most 1 MiB.',
  }),
  onLarger: word(['refuse', 'part'], {
    default: 'refuse',
    description: '`refuse` answers larger ones with 413; `part` sends the first `max` of them.',
  }),
}

export function checkToldBody({ max }: { readonly max: number }): Mismatch | undefined {
  return max > mostToldBytes ? { at: 'max', flaw: new Flaw('is more than 1 MiB', 'write "8KiB"') } : undefined
}

export const toldBodySchema = object('a body that is told', toldBodyParts, {
  description:
    'The request waits for its body, which goes to the server that is asked before all of it goes upstream. Not for routes whose clients wait for an answer before they have sent that much.',
  check: checkToldBody,
})

export type NativeToldBody = Static<typeof toldBodySchema>
