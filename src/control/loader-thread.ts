import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../std/assert.ts'
import { systemClock } from '../std/clock.ts'
import { forgetEnvironment } from '../std/forget-environment.ts'
import { systemRandom } from '../std/random.ts'
import {
  cutDifference,
  type DifferencePart,
  type LoaderReply,
  type LoaderRequest,
  type LoaderStart,
} from './loader-messages.ts'
import { Loading } from './loading.ts'

/** Entry of the loader's thread: keeps the model that was sent last, so that only a difference crosses. */
assert(parentPort !== null, 'the loader runs in a worker thread')
const port = parentPort
const { options, previous } = workerData as LoaderStart

forgetEnvironment()

let waiting: readonly DifferencePart[] = []
let end: LoaderReply | undefined
/** A difference is on its way; what a source tells meanwhile comes after it. */
let isSending = false
let hasChanged = false

const loading = new Loading({
  options,
  previous,
  clock: systemClock,
  random: systemRandom,
  onChanged: changed,
  onSources: (report) => tell({ kind: 'sources', report }),
  say: (level, message, fields = {}) => tell({ kind: 'log', level, message, fields }),
})

port.on('message', (request: LoaderRequest) => {
  switch (request.kind) {
    case 'load':
      load(request.what)
      return sendNext()
    case 'next':
      return sendNext()
    case 'inForce':
      return loading.inForce(request.hash)
    case 'stop':
      return void loading.stop(request.atMost).finally(() => tell({ kind: 'stopped' }))
  }
})

/** Endpoints alone go out at once; anything else is asked for, and comes in parts. */
function changed(): void {
  hasChanged = isSending
  if (isSending) return
  const told = loading.takeMembership()
  if (told === undefined) tell({ kind: 'changed' })
  else if (told.changes.length > 0 || told.problems !== undefined) tell({ kind: 'membership', ...told })
}

function load(what: 'files' | 'changes'): void {
  const { difference, ...facts } = what === 'files' ? loading.readFiles() : loading.takeChanges()
  const { head, parts } =
    difference === undefined ? { head: undefined, parts: [] } : cutDifference(difference)
  isSending = true
  waiting = parts
  end = { kind: 'end', head, ...facts }
}

function sendNext(): void {
  const [part, ...rest] = waiting
  waiting = rest
  if (part !== undefined) return tell({ kind: 'part', part })
  assert(end !== undefined, 'something was loaded')
  tell(end)
  isSending = false
  if (hasChanged) changed()
}

function tell(reply: LoaderReply): void {
  port.postMessage(reply)
}
