import type { MessagePort } from 'node:worker_threads'
import type { ExtensionModule } from '../../model/filters/extension.ts'
import type { Bytes } from '../../std/units.ts'
import type { Said } from '../said.ts'
import type { StartFailure } from '../start-failure.ts'
import type { ModuleTexts } from './module-sources.ts'
import type { Posted } from './outbox.ts'

/** What a thread is started with. */
export interface ThreadStart {
  readonly modules: readonly ExtensionModule[]
  /** What it may hold. */
  readonly memory: Bytes
  /** Leads to the thread that carries traffic; modules have the thread's own port, which nobody hears. */
  readonly port: MessagePort
  /** What their files held when they started first; `undefined` then. */
  readonly texts: ModuleTexts | undefined
}

/** What a thread says of itself; everything else it posts is about requests. */
export type ThreadWord =
  | { readonly kind: 'ready'; readonly texts: ModuleTexts }
  | { readonly kind: 'said'; readonly said: Said }
  /** It holds more than it may. */
  | { readonly kind: 'full' }
  /** Its modules could not be started: it ends. */
  | { readonly kind: 'unstartable'; readonly failure: StartFailure }

export type FromThread = ThreadWord | Posted

/** Whether it is about the thread, not about requests. */
export function isThreadWord(message: FromThread): message is ThreadWord {
  return 'kind' in message
}
