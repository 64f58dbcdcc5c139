import type { Outcome } from '../../src/model/outcome.ts'
import type { Field, Message } from './message-reader.ts'
import type { OriginRequest, Script } from './origin.ts'

/** One row, or one variant of a row, of the bad-input catalogue (hardening reference, part 2). */
export interface Case {
  /** `F01`, `C17`, … as the catalogue counts. */
  readonly id: string
  /** What is sent, in words. */
  readonly what: string
  readonly send: string | Buffer
  readonly expect: Expectation
  /** The listener it goes to; `web` when absent. `fast` has limits of a few hundred milliseconds. */
  readonly listener?: string
  /** Sent once the first response is complete. */
  readonly later?: string
  /** The client's FIN follows what is sent. */
  readonly finish?: 'yes'
  /** What the origin answers to everything but the driver's own requests; 200 when absent. */
  readonly script?: Script
  /** Methods of what is sent, for reading the answers; GET when absent. */
  readonly methods?: readonly string[]
  /** Runs split in two at every offset as well. */
  readonly important?: 'yes'
  /** Sent whole and alone: rows that are about time, where another rhythm says nothing new. */
  readonly once?: 'yes'
}

/** What the origin must have received for one accepted request. */
export interface OriginExpectation {
  readonly method: string
  readonly target: string
  /** `a.test` when absent; `any` where the row leaves it open. */
  readonly host?: string
  readonly body?: string
  /** Values by lower-case name that must be exactly these; `undefined` means absent. */
  readonly fields?: Readonly<Record<string, string | undefined>>
  readonly trailers?: readonly Field[]
}

export type Expectation = Refused | Accepted | OneOf

/** The connection ends after one answer with one of these statuses; 0 allows no answer at all. */
export interface Refused {
  readonly kind: 'refused'
  readonly statuses: readonly number[]
  /** Accepted and answered with 200 before it. */
  readonly before: readonly OriginExpectation[]
  /** `body`: the fault lies in the body, so a head may have gone upstream; it is never completed there. */
  readonly at: 'head' | 'body'
}

export interface Accepted {
  readonly kind: 'accepted'
  /** What the origin sees; answers of the gateway itself have no entry. `any`: `check` looks at it. */
  readonly requests: readonly OriginExpectation[] | 'any'
  /** Of all answers the client gets; a list where one of several will do. */
  readonly statuses: readonly (number | readonly number[])[]
  /** `open`: the next request on the connection is read as itself. */
  readonly after: 'open' | 'close' | 'either'
  /** More to be looked at; gives what is wrong. */
  readonly check?: (seen: Seen) => string | undefined
  /** The gateway may have tried these again by its rules, so the origin may see them more than once. */
  readonly repeated?: 'yes'
}

/** The catalogue leaves a choice: the first answer's status tells which was taken. */
export interface OneOf {
  readonly kind: 'one of'
  readonly refused: Refused
  readonly accepted: Accepted
}

/** What a case left behind, without the driver's own requests. */
export interface Seen {
  readonly requests: readonly OriginRequest[]
  readonly responses: readonly Message[]
  readonly interim: readonly Message[]
  readonly outcomes: readonly Outcome[]
}

export function refused(...statuses: number[]): Refused {
  return { kind: 'refused', statuses: statuses.length === 0 ? [400] : statuses, before: [], at: 'head' }
}

/** Refused while the body arrives. */
export function refusedInBody(...statuses: number[]): Refused {
  return { ...refused(...statuses), at: 'body' }
}

/** Accepted and answered with 200 each, in order; the connection stays usable. */
export function accepted(...requests: OriginExpectation[]): Accepted {
  return { kind: 'accepted', requests, statuses: requests.map(() => 200), after: 'open' }
}

/** Answered by the gateway itself. */
export function answered(...statuses: (number | readonly number[])[]): Accepted {
  return { kind: 'accepted', requests: [], statuses, after: 'either' }
}

export function oneOf(accepted: Accepted, refused: Refused): OneOf {
  return { kind: 'one of', accepted, refused }
}

/** A request head on `POST /t` for `a.test`; `fields` is lines with their CRLF. */
export function post(fields: string, body = ''): string {
  return `POST /t HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n${body}`
}

export function get(target: string, fields = '', version = 'HTTP/1.1'): string {
  return `GET ${target} ${version}\r\nHost: a.test\r\n${fields}\r\n`
}

/** A whole request, put where a parser that disagrees would start to read one. */
export const canary = 'GET /smug HTTP/1.1\r\nHost: a.test\r\n\r\n'

/** Bytes as they may stand in a test's name. */
export function shown(text: string): string {
  const escaped = JSON.stringify(text).replaceAll(/[\x7f-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`)
  return escaped.length > 60 ? `${escaped.slice(0, 57)}…"` : escaped
}
