import type { LocalReply } from '../model/reply.ts'
import type { Filter, RequestDraft } from './filter.ts'

/** What a filter would do with a request, as far as it can say without asking anybody and without counting anything. */
export type Foresight =
  /** `why` may be empty where the summary says all. */
  | { readonly kind: 'passes'; readonly why: string }
  | { readonly kind: 'answers'; readonly reply: LocalReply }
  /** `asks https://login.example.com`, `counts requests of the client address`: what has to happen before anybody knows. */
  | { readonly kind: 'depends'; readonly on: string }

const unsaid: Foresight = { kind: 'depends', on: 'known only once the request is made' }

/** What a filter would do with a request that is not made. Changes the draft as the filter would, for those behind it. */
export function foresee({ onRequest, foresee }: Filter, request: RequestDraft): Foresight {
  if (typeof foresee === 'function') return foresee(request)
  if (onRequest === undefined) return { kind: 'passes', why: 'sees responses only' }
  if (foresee !== 'by running') return unsaid
  const reply = onRequest(request)
  if (reply === undefined) return { kind: 'passes', why: '' }
  return reply instanceof Promise ? unsaid : { kind: 'answers', reply }
}
