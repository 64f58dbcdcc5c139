import { createHash } from 'node:crypto'
import { printPlace } from '../../model/problem.ts'
import type { ObjectProblem, ObjectRef } from '../../translate/kubernetes/pieces.ts'
import { microTime } from './lease-record.ts'

/** What an event says; the same for as long as the problem is the same. */
export interface EventDraft {
  /** The same for the same object, reason and note. */
  readonly key: string
  readonly object: ObjectRef
  /** The object's, for limits. */
  readonly objectKey: string
  readonly reason: string
  readonly note: string
}

/** Who speaks. */
export interface EventReporter {
  /** Of the IngressClass: `tidegate.dev/ingress-controller`. */
  readonly controller: string
  /** The replica. */
  readonly instance: string
}

/** The API takes no longer note, in bytes of UTF-8. */
const longestNote = 1024
/** Of the remedy, so that a long message does not push it out. */
const longestRemedy = 400
/** Events about one object; more would hide each other in `kubectl describe`. One more says how many were left out. */
const mostPerObject = 20

/** Events for problems, by key, in their order; of an object with very many the errors first. */
export function draftEvents(problems: readonly ObjectProblem[]): Map<string, EventDraft> {
  const byObject = new Map<string, ObjectProblem[]>()
  for (const problem of problems) {
    const key = objectKeyOf(problem.object)
    const others = byObject.get(key)
    if (others === undefined) byObject.set(key, [problem])
    else others.push(problem)
  }
  const drafts = new Map<string, EventDraft>()
  for (const found of byObject.values()) for (const draft of draftsOf(found)) drafts.set(draft.key, draft)
  return drafts
}

/** A name that another replica gives the same event too, so that it is raised again rather than twice. */
export function eventName({ object, key }: EventDraft): string {
  return `${object.name.slice(0, 230).replace(/[-.]+$/, '')}.${key.slice(0, 16)}`
}

/** Events on objects of the cluster are in `default`: the API wants it so. */
export function eventNamespace({ object }: EventDraft): string {
  return object.namespace === '' ? 'default' : object.namespace
}

/** The object of events.k8s.io/v1. Always a warning: every problem is to be mended, whether or not it left something out. */
export function eventBody(draft: EventDraft, { controller, instance }: EventReporter, wall: number): unknown {
  const { kind, apiVersion, namespace, name, uid } = draft.object
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: eventNamespace(draft), name: eventName(draft) },
    eventTime: microTime(wall),
    type: 'Warning',
    reason: draft.reason,
    action: 'Configure',
    note: draft.note,
    regarding: { apiVersion, kind, name, uid, ...(namespace === '' ? {} : { namespace }) },
    reportingController: controller,
    reportingInstance: instance.slice(0, 128),
  }
}

function draftsOf(problems: readonly ObjectProblem[]): readonly EventDraft[] {
  const drafts = new Map<string, EventDraft>()
  let unread = problems.length
  for (const severity of ['error', 'warning'])
    for (const problem of problems) {
      if (problem.severity !== severity) continue
      if (drafts.size > mostPerObject) break
      const draft = draftOf(problem.object, problem.reason, noteOf(problem))
      drafts.set(draft.key, draft)
      unread -= 1
    }
  const all = [...drafts.values()]
  const first = all[0]
  // Of an object with thousands of problems no more are put into words than are shown.
  const left = all.length - mostPerObject + unread
  if (first === undefined || left <= 0) return all
  const note = `${left} more problems of this object are not shown; mend those that are, or ask the gateway for all of its problems`
  return [...all.slice(0, mostPerObject), draftOf(first.object, 'ProblemsLeftOut', note)]
}

function draftOf(object: ObjectRef, reason: string, note: string): EventDraft {
  const objectKey = objectKeyOf(object)
  const key = createHash('sha256').update(`${objectKey}\n${reason}\n${note}`).digest('hex')
  return { key, object, objectKey, reason, note }
}

function objectKeyOf({ kind, namespace, name, uid }: ObjectRef): string {
  return `${kind} ${namespace}/${name} ${uid}`
}

/** `spec.rules[0].host: what is wrong; what to do`; a place in another object is named with that object. */
function noteOf({ object, origin, message, remedy }: ObjectProblem): string {
  const isHere =
    origin.file === `${object.kind} ${object.namespace}/${object.name}` || object.namespace === ''
  const place = isHere ? origin.field : printPlace(origin)
  const end = remedy === '' ? '' : `; ${cut(remedy, longestRemedy)}`
  return cut(`${place === '' ? '' : `${place}: `}${message}`, longestNote - Buffer.byteLength(end)) + end
}

/** At most so many bytes of UTF-8, with no character cut in two. */
function cut(text: string, most: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return text
  const mark = '…'
  let end = most - Buffer.byteLength(mark)
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end).toString() + mark
}
