import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

// Events of node:test go from process to process as JSON, in which nothing is left of an error: what a report shows of it is sent.

interface PackedError {
  readonly message: string
  readonly failureType: unknown
  readonly code: unknown
  /** What a report shows: the stack of the cause. */
  readonly shown: string
}

/** An event as it is sent. */
export function packed(event: TestEvent): unknown {
  if (event.type !== 'test:fail') return event
  const { error } = event.data.details
  const { failureType, code, cause } = error as Error & { failureType?: unknown; code?: unknown }
  const shown = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause ?? error)
  const sent: PackedError = { message: error.message, failureType, code, shown }
  return { type: event.type, data: { ...event.data, details: { ...event.data.details, error: sent } } }
}

/** The event that was sent. */
export function unpacked(sent: unknown): TestEvent {
  const event = sent as TestEvent
  if (event.type !== 'test:fail') return event
  const told = event.data.details.error as unknown as PackedError
  const cause = new Error(told.message)
  cause.stack = told.shown
  const { failureType, code } = told
  const error = Object.assign(new Error(told.message, { cause }), { failureType, code })
  return { ...event, data: { ...event.data, details: { ...event.data.details, error } } } as TestEvent
}
