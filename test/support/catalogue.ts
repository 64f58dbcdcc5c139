import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Outcome } from '../../src/model/outcome.ts'
import type { Accepted, Case, Expectation, OriginExpectation, Refused, Seen } from './catalogue-case.ts'
import type { TestGateway } from './gateway.ts'
import { brokenInvariants } from './invariants.ts'
import { bodyText, type Message, value } from './message-reader.ts'
import { answer, type Origin, type OriginRequest, type Script } from './origin.ts'
import { isInterim, RawClient, status, until } from './raw-client.ts'

/** What the cases of a file run against; `gateway` has the listeners that the cases name. */
export interface Stage {
  readonly gateway: TestGateway
  readonly origin: Origin
}

/** How the bytes of a case are put on the wire. */
export type Rhythm =
  | { readonly kind: 'whole' }
  /** Behind a good request on the same connection. */
  | { readonly kind: 'second' }
  /** A byte at a time (at most 2,000 pieces). */
  | { readonly kind: 'bytewise' }
  | { readonly kind: 'split'; readonly at: number }

const rhythms: readonly (readonly [string, Rhythm])[] = [
  ['whole', { kind: 'whole' }],
  ['behind a good request', { kind: 'second' }],
  ['byte by byte', { kind: 'bytewise' }],
]

/** Registers the tests of a table: every case in every rhythm, named by its id. */
export function catalogue(stage: () => Stage, cases: readonly Case[]): void {
  for (const row of cases) {
    for (const [name, rhythm] of row.once === 'yes' ? rhythms.slice(0, 1) : rhythms) {
      test(`${row.id} ${row.what}, ${name}`, async () => {
        assert.deepEqual(await play(stage(), row, rhythm), [])
      })
    }
    if (row.important !== 'yes') continue
    test(`${row.id} ${row.what}, split in two at every offset`, async () => {
      assert.deepEqual(await playSplit(stage(), row), [])
    })
  }
}

async function playSplit(stage: Stage, row: Case): Promise<string[]> {
  const wrong: string[] = []
  for (let at = 1; at < Math.min(bytesOf(row.send).length, 400) && wrong.length < 5; at++) {
    const found = await play(stage, row, { kind: 'split', at })
    wrong.push(...found.map((sentence) => `split at ${at}: ${sentence}`))
  }
  return wrong
}

/**
 * Sends one case through the whole gateway and looks at both ends.
 *
 * @returns everything that is not as expected, and every invariant that did not hold; empty when all is well.
 */
export async function play(stage: Stage, row: Case, rhythm: Rhythm): Promise<string[]> {
  const { gateway, origin } = stage
  origin.script = withOwnRequests(row.script ?? {})
  origin.forget()
  gateway.outcomes.length = 0
  const port = gateway.port(row.listener ?? 'web')
  using client = await RawClient.connect(port)
  const skipped = rhythm.kind === 'second' ? 1 : 0
  try {
    if (rhythm.kind === 'second') await client.send(own('/before', 'keep-alive')).response(0)
    client.expect(...(row.methods ?? []))
    await send(client, bytesOf(row.send), rhythm)
    if (row.finish === 'yes') client.finish()
    if (row.later !== undefined) {
      await client.response(skipped)
      client.send(row.later)
    }
    const expected = await choose(row.expect, client, skipped)
    const wrong =
      expected.kind === 'refused'
        ? await awaitRefused(client, expected, skipped)
        : await awaitAccepted(client, expected, skipped)
    await settle(port)
    return [...wrong, ...(await lasting(() => faults(stage, client, expected, skipped)))]
  } catch (error) {
    return [String(error)]
  }
}

function faults(stage: Stage, client: RawClient, expected: Refused | Accepted, skipped: number): string[] {
  const { gateway, origin } = stage
  const invariants = brokenInvariants(origin.connections, origin.requests, gateway.outcomes)
  return [...unexpected(expected, look(stage, client, skipped)), ...invariants]
}

/** What is still wrong after a second: connections to the origin are closed a moment after the client's answer. */
async function lasting(look: () => string[]): Promise<string[]> {
  const end = performance.now() + 1000
  let wrong = look()
  while (wrong.length > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    wrong = look()
  }
  return wrong
}

function bytesOf(send: string | Buffer): Buffer {
  return typeof send === 'string' ? Buffer.from(send, 'latin1') : send
}

/** The driver's own requests are answered plainly, whatever the case does with the origin. */
function withOwnRequests(script: Script): Script {
  const ours = /^\/(before|after|settled)$/
  const { onHead, onRequest, onConnection } = script
  return {
    ...(onConnection === undefined ? {} : { onConnection }),
    onHead: (request) => (ours.test(request.target) ? undefined : onHead?.(request)),
    onRequest: (request) => {
      if (ours.test(request.target)) return answer(200, 'own')
      if (onRequest !== undefined) return onRequest(request)
      return onHead === undefined ? answer(200, 'origin') : []
    },
  }
}

function own(target: string, connection: 'close' | 'keep-alive'): string {
  return `GET ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: ${connection}\r\n\r\n`
}

async function send(client: RawClient, bytes: Buffer, rhythm: Rhythm): Promise<void> {
  if (rhythm.kind === 'split') return client.drip(bytes, [rhythm.at])
  if (rhythm.kind !== 'bytewise') return client.drip(bytes, [])
  const step = Math.ceil(bytes.length / 2000)
  const pieces = Array.from({ length: Math.floor((bytes.length - 1) / step) }, (_, i) => (i + 1) * step)
  return client.drip(bytes, pieces)
}

/** Decides a choice by the first answer. */
async function choose(expect: Expectation, client: RawClient, skipped: number): Promise<Refused | Accepted> {
  if (expect.kind !== 'one of') return expect
  await until(() => client.responses.length > skipped || client.state !== 'open', 'the first answer came')
  const first = status(client.responses[skipped])
  return [expect.accepted.statuses[0]].flat().includes(first) ? expect.accepted : expect.refused
}

async function awaitRefused(client: RawClient, expected: Refused, skipped: number): Promise<string[]> {
  await client.ended()
  const answers = client.responses.slice(skipped)
  const statuses = answers.map(status)
  const before = expected.before.map(() => 200)
  const last = statuses.at(before.length) ?? 0
  const wrong: string[] = []
  if (statuses.length > before.length + 1 || statuses.slice(0, before.length).some((s) => s !== 200)) {
    wrong.push(
      `answers ${statuses.join(', ')} instead of ${[...before, expected.statuses.join('|')].join(', ')}`,
    )
  } else if (!expected.statuses.includes(last)) {
    wrong.push(`answered with ${last} instead of ${expected.statuses.join(' or ')}`)
  }
  if (last !== 0 && value(answers[before.length] as Message, 'connection') !== 'close') {
    wrong.push('the refusal does not say connection: close')
  }
  if (client.reader.fault !== undefined)
    wrong.push(`the client cannot read the answer: ${client.reader.fault}`)
  return wrong
}

async function awaitAccepted(client: RawClient, expected: Accepted, skipped: number): Promise<string[]> {
  const wanted = expected.statuses.length + skipped
  await until(
    () => client.responses.length >= wanted || client.state !== 'open',
    `${expected.statuses.length} answers came, got ${client.responses.length - skipped}`,
  )
  if (expected.after !== 'close') client.send(own('/after', 'close'))
  await client.ended()
  const statuses = client.responses.slice(skipped).map(status)
  const own200 = statuses.length === expected.statuses.length + 1 && statuses.at(-1) === 200
  if (expected.after === 'open' && !own200)
    return [`answers ${statuses.join(', ')}, then the connection did not carry another request`]
  if (expected.after !== 'close' && own200) statuses.pop()
  const wrong: string[] = []
  const right =
    statuses.length === expected.statuses.length &&
    statuses.every((s, i) => [expected.statuses[i]].flat().includes(s))
  if (!right) wrong.push(`answers ${statuses.join(', ')} instead of ${expected.statuses.join(', ')}`)
  if (client.reader.fault !== undefined)
    wrong.push(`the client cannot read the answer: ${client.reader.fault}`)
  return wrong
}

/** A request of our own through the whole gateway: what was on its way to the origin before it has arrived then. */
async function settle(port: number): Promise<void> {
  using client = await RawClient.connect(port)
  await client.send(own('/settled', 'close')).response(0)
  for (let i = 0; i < 4; i++) await turn()
}

function look({ gateway, origin }: Stage, client: RawClient, skipped: number): Seen {
  const ours = (target: string) => /^\/(before|after|settled)$/.test(target)
  return {
    requests: origin.requests.filter((request) => !ours(request.target)),
    responses: client.responses.slice(skipped),
    interim: client.reader.messages.filter(isInterim),
    outcomes: gateway.outcomes.filter((outcome) => !ours(outcome.path)),
  }
}

function unexpected(expected: Refused | Accepted, seen: Seen): string[] {
  if (expected.kind === 'refused')
    return [...unexpectedlyForwarded(expected, seen), ...unlogged(expected, seen.outcomes)]
  const tries = expected.repeated === 'yes' ? firstTries(seen.requests) : seen.requests
  const wrong = expected.requests === 'any' ? [] : differences(expected.requests, tries)
  const sentence = expected.check?.(seen)
  return sentence === undefined ? wrong : [...wrong, sentence]
}

function firstTries(requests: readonly OriginRequest[]): OriginRequest[] {
  return requests.filter(
    (r, i) => requests.findIndex((o) => value(o, 'x-request-id') === value(r, 'x-request-id')) === i,
  )
}

function unexpectedlyForwarded(expected: Refused, seen: Seen): string[] {
  const complete = seen.requests.filter((request) => request.complete)
  const wrong = differences(expected.before, complete)
  const partial = seen.requests.filter((request) => !request.complete)
  if (expected.at === 'head' && partial.length > 0)
    wrong.push(`the origin got the head of ${partial[0]?.startLine}`)
  return wrong
}

/** Every answer of the gateway's own has a reason in the log. */
function unlogged(expected: Refused, outcomes: readonly Outcome[]): string[] {
  const local = outcomes.filter(
    (outcome) => expected.statuses.includes(outcome.status) && outcome.reason !== undefined,
  )
  return local.length > 0 || expected.statuses.includes(0)
    ? []
    : ['the refusal is not in the log with a reason']
}

function differences(expected: readonly OriginExpectation[], seen: readonly OriginRequest[]): string[] {
  const lines = seen.map((request) => `${request.method} ${request.target}`)
  const wanted = expected.map((request) => `${request.method} ${request.target}`)
  if (lines.join() !== wanted.join())
    return [`the origin saw [${lines.join(', ')}] instead of [${wanted.join(', ')}]`]
  return expected.flatMap((request, i) => difference(request, seen[i] as OriginRequest))
}

function difference(expected: OriginExpectation, seen: OriginRequest): string[] {
  const wrong: string[] = []
  const shown = `${seen.method} ${seen.target}`
  if (!seen.complete) wrong.push(`${shown} is not complete at the origin`)
  const host = expected.host ?? 'a.test'
  if (host !== 'any' && value(seen, 'host') !== host)
    wrong.push(`${shown}: host ${value(seen, 'host')} instead of ${host}`)
  const body = bodyText(seen)
  if (body !== (expected.body ?? '')) wrong.push(`${shown}: body ${JSON.stringify(body.slice(0, 80))}`)
  for (const [name, wanted] of Object.entries(expected.fields ?? {})) {
    if (value(seen, name) !== wanted)
      wrong.push(`${shown}: ${name} is ${value(seen, name) ?? 'absent'}, not ${wanted ?? 'absent'}`)
  }
  const trailers = JSON.stringify(expected.trailers ?? [])
  if (JSON.stringify(seen.trailers) !== trailers)
    wrong.push(`${shown}: trailers ${JSON.stringify(seen.trailers)}`)
  return wrong
}
