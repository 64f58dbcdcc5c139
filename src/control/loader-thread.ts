import { parentPort, workerData } from 'node:worker_threads'
import type { Model } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import { assert } from '../std/assert.ts'
import { forgetEnvironment } from '../std/forget-environment.ts'
import { difference } from './difference.ts'
import { LoadMemory, load } from './load.ts'
import {
  cutDifference,
  type DifferencePart,
  type LoaderReply,
  type LoaderRequest,
  type LoaderStart,
} from './loader-messages.ts'

/** Entry of the loader's thread: keeps the model that was sent last, so that only a difference crosses. */
assert(parentPort !== null, 'the loader runs in a worker thread')
const port = parentPort
const { options, previous } = workerData as LoaderStart
const memory = new LoadMemory()

forgetEnvironment()

/** Problems beyond these are counted, not sent. */
const mostProblems = 1000

let model: Model | undefined = previous
let waiting: readonly DifferencePart[] = []
let end: LoaderReply = { kind: 'end', head: undefined, result: 'bad', problems: [], files: [] }

port.on('message', (request: LoaderRequest) => {
  if (request === 'load') readAll()
  sendNext()
})

function readAll(): void {
  const { model: next, problems, materials, files } = load(options, model, memory)
  if (next === undefined) {
    waiting = []
    end = { kind: 'end', head: undefined, result: 'bad', problems: shortened(problems), files }
    return
  }
  const changes = difference(model, next, materials)
  model = next
  const { head, parts } = changes === undefined ? { head: undefined, parts: [] } : cutDifference(changes)
  waiting = parts
  end = { kind: 'end', head, result: 'good', problems: shortened(problems), files }
}

function sendNext(): void {
  const [part, ...rest] = waiting
  waiting = rest
  const reply: LoaderReply = part === undefined ? end : { kind: 'part', part }
  port.postMessage(reply)
}

function shortened(problems: readonly Problem[]): readonly Problem[] {
  const last = problems[mostProblems]
  if (last === undefined) return problems
  const message = `and ${problems.length - mostProblems} more problems from here on`
  return [...problems.slice(0, mostProblems), { ...last, message, remedy: 'see the first ones' }]
}
