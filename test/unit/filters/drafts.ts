import assert from 'node:assert/strict'
import { noChanges } from '../../../src/filters/authz/header-change.ts'
import { buildFilter } from '../../../src/filters/build.ts'
import type { Filter, RequestDraft, ResponseDraft } from '../../../src/filters/filter.ts'
import { JwtRuntime } from '../../../src/filters/jwt/jwt-runtime.ts'
import type { FilterServices } from '../../../src/filters/services.ts'
import { VerdictMemory } from '../../../src/filters/verdicts/verdict-memory.ts'
import type { FilterSpec } from '../../../src/model/filter-spec.ts'
import type { RateRule } from '../../../src/model/filters/rate-limit.ts'
import type { PathMatch } from '../../../src/model/match.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { view } from '../routing/routes.ts'

/** A clock that stands still, no chance, and nobody to ask. */
export const filterServices: FilterServices = {
  clock: new FakeClock(),
  random: () => 0,
  jwt: new JwtRuntime({
    clock: new FakeClock(),
    random: () => 0,
    fetch: () => Promise.resolve({ kind: 'failed', why: 'nobody is there' }),
    text: () => undefined,
    onFetched: () => {},
    onEvent: () => {},
  }),
  ask: () => Promise.resolve({ kind: 'unanswered', detail: 'nobody is there' }),
  verdicts: new VerdictMemory(new FakeClock(), Buffer.alloc(32)),
  verdictCounts: { row: () => 0, decided: () => {}, reused: () => {} },
  limiter: { take: () => assert.fail('nothing is counted'), debit: () => assert.fail('nothing is counted') },
  concurrency: { take: () => assert.fail('nothing is counted'), inFlight: 0 },
  concurrencyCounts: { row: () => 0, count: () => {}, onShadow: () => {} },
  limits: { row: () => 0, count: () => {}, onShadow: () => {}, onBadCost: () => {} },
  materials: { users: () => undefined, apiKeys: () => undefined },
  passwords: { check: () => assert.fail('nobody has a password') },
}

/** Ten a second with a burst of five for each client, enforced. */
export function rateRule(parts: Partial<RateRule> = {}): RateRule {
  return {
    name: undefined,
    key: [{ kind: 'client-ip' }],
    prefix: { v4: 32, v6: 64 },
    missing: 'shared',
    kind: 'rate',
    rate: 10,
    per: 1000,
    burst: 5,
    cost: 1,
    laterCost: undefined,
    overrides: [],
    onStoreError: 'local',
    mode: 'enforce',
    status: 429,
    headers: 'denied',
    legacyHeaders: 'off',
    exceptClients: [],
    exceptIdentities: [],
    ...parts,
  }
}

/** A filter as a route would have it. */
export function filterOf(spec: FilterSpec, match: PathMatch): Filter {
  return buildFilter(spec, match, filterServices)
}

/** A request on its way through filters, as `http://a.test/` unless told otherwise. */
export function requestDraft(parts: Partial<Omit<RequestDraft, 'field'>> = {}): RequestDraft {
  const path = parts.path ?? '/'
  return {
    ...view(),
    scheme: 'http',
    protocol: 'HTTP/1.1',
    forwardedProto: '',
    authority: parts.host ?? 'a.test',
    path,
    matchedPath: '/',
    upstreamPath: path,
    upstreamHost: '',
    fields: '',
    clientCertificate: undefined,
    identity: undefined,
    upstreamQuery: undefined,
    responseFields: '',
    responseChanges: noChanges,
    ends: () => undefined,
    decode: () => {},
    pending: undefined,
    held: undefined,
    ...parts,
  }
}

export function responseDraft(fields: string): ResponseDraft {
  return { status: 200, fields, length: -1, coder: undefined }
}
