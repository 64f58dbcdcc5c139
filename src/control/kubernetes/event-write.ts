import type { ApiOptions, KubernetesApi } from '../../sources/kubernetes/api.ts'
import type { Ms } from '../../std/units.ts'
import { type EventDraft, type EventReporter, eventBody, eventName, eventNamespace } from './event.ts'
import { microTime } from './lease-record.ts'
import { numberAt } from './read-json.ts'
import { statusOf } from './say.ts'

export interface EventPlace {
  readonly api: KubernetesApi
  readonly reporter: EventReporter
  readonly signal: AbortSignal
  readonly wall: () => number
  /** Asked before every request. */
  readonly mayWrite: () => boolean
}

/** What is asked longer than that is asked again. */
const longest: Ms = 10_000

/** Says an event that nobody may have said yet: a new one, or the one that stands is raised again. */
export async function sayEvent(draft: EventDraft, place: EventPlace): Promise<'said' | 'not now'> {
  if ((await create(draft, place)) === 'said') return 'said'
  return raise(draft, place)
}

/** Says an event again, before it expires; a new one when it is gone already. */
export async function sayAgain(draft: EventDraft, place: EventPlace): Promise<'said' | 'not now'> {
  if ((await raise(draft, place)) === 'said') return 'said'
  return (await create(draft, place)) === 'said' ? 'said' : 'not now'
}

async function create(draft: EventDraft, place: EventPlace): Promise<'said' | 'there already' | 'not now'> {
  if (!place.mayWrite()) return 'not now'
  try {
    const body = eventBody(draft, place.reporter, place.wall())
    await place.api.request('POST', collectionOf(draft), { ...options(place), body })
    return 'said'
  } catch (error) {
    if (statusOf(error) === 409) return 'there already'
    throw error
  }
}

/** A patch that changes nothing reads the count: the right to read events is not among ours. */
async function raise(draft: EventDraft, place: EventPlace): Promise<'said' | 'not now'> {
  const path = `${collectionOf(draft)}/${eventName(draft)}`
  try {
    if (!place.mayWrite()) return 'not now'
    const event = await place.api.request('PATCH', path, { ...options(place), body: {} })
    const count = (numberAt(event, 'series', 'count') ?? 1) + 1
    if (!place.mayWrite()) return 'not now'
    const series = { count, lastObservedTime: microTime(place.wall()) }
    await place.api.request('PATCH', path, { ...options(place), body: { series } })
    return 'said'
  } catch (error) {
    if (statusOf(error) === 404) return 'not now'
    throw error
  }
}

function collectionOf(draft: EventDraft): string {
  return `/apis/events.k8s.io/v1/namespaces/${eventNamespace(draft)}/events`
}

function options({ signal }: EventPlace): ApiOptions {
  return { signal, timeout: longest }
}
