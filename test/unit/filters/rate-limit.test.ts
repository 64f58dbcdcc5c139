import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { buildFilters } from '../../../src/filters/build-route.ts'
import type { Filter, RequestDraft } from '../../../src/filters/filter.ts'
import { foresee } from '../../../src/filters/foresight.ts'
import { retryAfterSeconds } from '../../../src/filters/rate-limit-fields.ts'
import type { Ask, Limiter, Verdict } from '../../../src/limits/limiter.ts'
import type { FilterSpec } from '../../../src/model/filter-spec.ts'
import type { RateRule } from '../../../src/model/filters/rate-limit.ts'
import type { LocalReply } from '../../../src/model/reply.ts'
import { segments, view } from '../routing/routes.ts'
import { filterServices, rateRule, requestDraft, responseDraft } from './drafts.ts'

const admitted = {
  kind: 'admitted',
  remaining: [4, 4],
  resetMs: [200, 200],
  retryAfterMs: 0,
  deniedBy: -1,
} as const
const denied = {
  kind: 'denied',
  remaining: [0, 4],
  resetMs: [600, 200],
  retryAfterMs: 2300,
  deniedBy: 0,
} as const

/** Says what it is told to, and keeps what it was asked. */
class ScriptedLimiter implements Limiter {
  readonly asked: (readonly Ask[])[] = []
  readonly debited: (readonly Ask[])[] = []
  readonly #says: (asks: readonly Ask[]) => Omit<Verdict, 'by'> | Promise<Omit<Verdict, 'by'>>

  constructor(says: (asks: readonly Ask[]) => Omit<Verdict, 'by'> | Promise<Omit<Verdict, 'by'>>) {
    this.#says = says
  }

  take(asks: readonly Ask[]): Verdict | Promise<Verdict> {
    this.asked.push(asks)
    const said = this.#says(asks)
    return said instanceof Promise
      ? said.then((late) => ({ ...late, by: 'store' }))
      : { ...said, by: 'local' }
  }

  debit(asks: readonly Ask[]): void {
    this.debited.push(asks)
  }
}

function stage(filters: readonly FilterSpec[], limiter: Limiter, parts: { id?: string; file?: string } = {}) {
  const counted: string[] = []
  const shadows: string[] = []
  const badCosts: string[] = []
  const limits = {
    row: () => 7,
    count: (row: number, verdict: string) => counted.push(`${row} ${verdict}`),
    onShadow: (route: string, rule: string) => shadows.push(`${route}: ${rule}`),
    onBadCost: (_route: string, rule: string, why: string) => badCosts.push(`${rule}: ${why}`),
  }
  const { id = 'r', file } = parts
  const origin = {
    source: file === undefined ? 'file' : 'kubernetes',
    file: file ?? '',
    line: 0,
    column: 0,
    field: '',
  } as const
  const route = { id, origin, match: { ...anyMatch, path: segments('/') }, filters }
  const built = buildFilters(route, { ...filterServices, limiter, limits })
  return { filters: built, first: built[0] as Filter, counted, shadows, badCosts }
}

const anyMatch = { methods: [], headers: [], cookies: [], query: [], clients: [], listeners: [] }

function limit(...rules: readonly Partial<RateRule>[]): FilterSpec {
  return { kind: 'rateLimit', rules: rules.map(rateRule) }
}

function client(parts: Partial<Omit<RequestDraft, 'field'>> = {}): RequestDraft {
  return requestDraft({ clientAddress: '203.0.113.7', ...parts })
}

function reply(filter: Filter, request = client()): LocalReply | undefined {
  return filter.onRequest?.(request) as LocalReply | undefined
}

/** The header lines of an answer, without the last CRLF. */
function lines(fields: string): string[] {
  return fields.split('\r\n').filter(Boolean)
}

describe('a rate limit', () => {
  test('asks one question for all rules of neighbouring filters', () => {
    const limiter = new ScriptedLimiter(() => admitted)
    const rewrite: FilterSpec = { kind: 'rewrite', path: undefined, host: 'b.test' }
    const { filters } = stage([limit({}), limit({ key: [] }), rewrite, limit({ cost: 3 })], limiter)

    for (const filter of filters) reply(filter)

    assert.deepEqual(
      filters.map(({ kind }) => kind),
      ['rateLimit', 'rewrite', 'rateLimit'],
    )
    assert.deepEqual(
      limiter.asked.map((asks) => asks.map(({ subject, cost }) => [subject, cost])),
      [
        [
          ['203.0.113.7', 1],
          ['', 1],
        ],
        [['203.0.113.7', 3]],
      ],
    )
  })

  test('passes what is admitted, and adds nothing to its answer', () => {
    const { first, counted } = stage([limit({})], new ScriptedLimiter(() => admitted))
    const request = client()

    assert.equal(reply(first, request), undefined)
    assert.deepEqual([request.responseFields, counted], ['', ['7 admitted']])
  })

  test('answers what is not, with when to come again and why', () => {
    const { first, counted } = stage([limit({}, { name: 'all', key: [] })], new ScriptedLimiter(() => denied))

    const { status, reason, fields, body, detail } = reply(first) ?? assert.fail()

    assert.deepEqual([status, reason, counted], [429, 'rate_limited', ['7 denied']])
    assert.deepEqual(lines(fields), [
      'retry-after: 3',
      'ratelimit-policy: "client-ip";q=10;w=1, "all";q=10;w=1',
      'ratelimit: "client-ip";r=0;t=3, "all";r=4;t=1',
      'content-type: application/problem+json',
    ])
    assert.deepEqual(JSON.parse(body ?? ''), {
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'too many requests',
      status: 429,
      'violated-policies': ['client-ip'],
    })
    assert.equal(detail, 'over 10/s, burst 5, for each client-ip')
  })

  test('says nothing of its limits where headers are off', () => {
    const { first } = stage([limit({ headers: 'off', status: 503 })], new ScriptedLimiter(() => denied))

    const { status, fields, body } = reply(first) ?? assert.fail()

    assert.equal(status, 503)
    assert.deepEqual(lines(fields), ['retry-after: 3', 'content-type: application/problem+json'])
    assert.equal(body?.includes('violated'), false)
  })

  test('tells every client where it stands, where asked to', () => {
    const { first } = stage(
      [limit({ headers: 'all', legacyHeaders: 'on', rate: 3 })],
      new ScriptedLimiter(() => admitted),
    )
    const request = client()

    reply(first, request)

    assert.deepEqual(lines(request.responseFields), [
      'ratelimit-policy: "client-ip";q=3;w=1',
      'ratelimit: "client-ip";r=3;t=1',
      'x-ratelimit-limit: 3',
      'x-ratelimit-remaining: 3',
      'x-ratelimit-reset: 1',
    ])
  })

  test('leaves X-RateLimit lines of the upstream alone', () => {
    const { first } = stage(
      [limit({ headers: 'all', legacyHeaders: 'on' })],
      new ScriptedLimiter(() => admitted),
    )
    const request = client()
    reply(first, request)
    const response = responseDraft(`X-RateLimit-Limit: 7\r\nx-a: b\r\n${request.responseFields}x-c: d\r\n`)

    first.onResponse?.(response, view())

    assert.deepEqual(lines(response.fields), [
      'X-RateLimit-Limit: 7',
      'x-a: b',
      'ratelimit-policy: "client-ip";q=10;w=1',
      'ratelimit: "client-ip";r=4;t=1',
      'x-c: d',
    ])
  })

  test('claims nothing of what nobody counted', () => {
    const nobody = { ...admitted, remaining: [-1], resetMs: [0] }
    const { first } = stage([limit({ headers: 'all' })], new ScriptedLimiter(() => nobody))
    const request = client()

    reply(first, request)

    assert.equal(request.responseFields, '')
  })

  test('calls rules of one key by different names', () => {
    const { first } = stage(
      [limit({}, { per: 60_000 }, { name: 'client-ip' })],
      new ScriptedLimiter(() => ({ ...denied, remaining: [0, 4, 4] })),
    )

    const policies = lines(reply(first)?.fields ?? '')[1]

    assert.equal(
      policies,
      'ratelimit-policy: "client-ip";q=10;w=1, "client-ip-2";q=10;w=60, "client-ip-3";q=10;w=1',
    )
  })

  test('answers 503 where the store must answer and does not', () => {
    const verdict = { ...denied, kind: 'unavailable', retryAfterMs: 0 } as const
    const { first, counted } = stage([limit({ onStoreError: 'closed' })], new ScriptedLimiter(() => verdict))

    const { status, reason, fields } = reply(first) ?? assert.fail()

    assert.deepEqual([status, reason, counted], [503, 'limiter_unavailable', ['7 unavailable']])
    assert.deepEqual(lines(fields), ['retry-after: 1', 'content-type: application/problem+json'])
  })

  test('waits for a store, and touches the request only when it is asked to', async () => {
    const { first } = stage([limit({ headers: 'all' })], new ScriptedLimiter(async () => admitted))
    const request = client()

    const late = await first.onRequest?.(request)

    assert.equal(request.responseFields, '')
    assert.equal(typeof late === 'function' && late(request), undefined)
    assert.equal(request.responseFields.includes('ratelimit: '), true)
  })

  test('counts neither exempt clients nor exempt identities', () => {
    const limiter = new ScriptedLimiter(() => denied)
    const rule = limit({ exceptClients: ['203.0.113.0/24'], exceptIdentities: ['ada'] })
    const { first, counted } = stage([rule], limiter)
    const ada = { by: 'jwt', subject: 'ada', claims: new Map() } as const

    assert.equal(reply(first), undefined)
    assert.equal(reply(first, client({ clientAddress: '198.51.100.1', identity: ada })), undefined)
    assert.equal(reply(first, client({ clientAddress: '198.51.100.1' }))?.status, 429)
    assert.deepEqual([limiter.asked.length, counted], [1, ['7 exempt', '7 exempt', '7 denied']])
  })

  test('skips, shares or refuses requests that lack a part of the key, as its rule says', () => {
    const key = [{ kind: 'header', name: 'x-key' }] as const
    const asked = (['skip', 'shared', 'deny'] as const).map((missing) => {
      const limiter = new ScriptedLimiter(() => admitted)
      const { first } = stage([limit({ key, missing })], limiter)
      return [reply(first)?.detail, limiter.asked.length]
    })

    assert.deepEqual(asked, [
      [undefined, 0],
      [undefined, 1],
      ['the request lacks a part of the key of 10/s, burst 5, for each header "x-key"', 0],
    ])
  })

  test('in shadow is asked apart, tells, and admits', () => {
    const limiter = new ScriptedLimiter((asks) => (asks[0]?.limit.burst === 1 ? denied : admitted))
    const { first, counted, shadows } = stage([limit({}, { mode: 'shadow', burst: 1 })], limiter)

    assert.equal(reply(first), undefined)
    assert.deepEqual(
      limiter.asked.map((asks) => asks.length),
      [1, 1],
    )
    assert.deepEqual(counted, ['7 shadow', '7 admitted'])
    assert.deepEqual(shadows, ['r: 10/s, burst 1, for each client-ip'])
  })

  test('tells later what a store says in shadow', async () => {
    const { first, shadows } = stage([limit({ mode: 'shadow' })], new ScriptedLimiter(async () => denied))

    const answer = reply(first)
    await new Promise(setImmediate)

    assert.deepEqual([answer, shadows.length], [undefined, 1])
  })

  test('is foreseen to decide nothing of whom it leaves out, and of nobody in shadow', () => {
    const site = { name: 'all', key: [], exceptClients: ['203.0.113.0/24'] } as const
    const { first } = stage([limit(site, { mode: 'shadow' })], new ScriptedLimiter(() => denied))
    const leftOut = stage([limit(site)], new ScriptedLimiter(() => denied)).first
    const foreseen = [
      foresee(first, client()),
      foresee(first, client({ clientAddress: '192.0.2.1' })),
      foresee(leftOut, client()),
    ]

    assert.deepEqual(foreseen, [
      { kind: 'passes', why: 'counts in shadow: 10/s, burst 5, for each client-ip' },
      { kind: 'depends', on: 'counts requests: "all": 10/s, burst 5, for everyone together' },
      { kind: 'passes', why: 'leaves out who asks' },
    ])
  })

  test('summarises its rules in one line', () => {
    const rules = limit(
      { name: 'login', rate: 20, per: 600_000, burst: 0 },
      { key: [], per: 86_400_000, mode: 'shadow' },
    )
    const { first } = stage([rules], new ScriptedLimiter(() => admitted))

    assert.equal(
      first.summary,
      '"login": 20/10m, burst 0, for each client-ip; 10/d, burst 5, for everyone together, in shadow',
    )
  })
})

describe('those with a limit of their own', () => {
  const own = { kind: 'rate', rate: 500, per: 1000, burst: 7 } as const

  /** The limit that was asked for a request: its rate and its burst. */
  function asked(rule: Partial<RateRule>, parts: Partial<Omit<RequestDraft, 'field'>> = {}) {
    const limiter = new ScriptedLimiter(() => admitted)
    reply(stage([limit(rule)], limiter).first, client(parts))
    const { rate, burst } = limiter.asked[0]?.[0]?.limit ?? assert.fail()
    return [rate, burst]
  }

  const identity = { by: 'jwt', subject: 'ada', claims: new Map([['tenant', 'tenant-a']]) } as const
  for (const [what, key, name] of [
    ['an address', [{ kind: 'client-ip' }], '203.0.113.7'],
    ['a subject', [{ kind: 'identity' }], 'ada'],
    ['a claim', [{ kind: 'claim', name: 'tenant' }], 'tenant-a'],
    ['a host', [{ kind: 'host' }], 'A.Test'],
    ['the first part of several', [{ kind: 'claim', name: 'tenant' }, { kind: 'client-ip' }], 'tenant-a'],
    ['a query parameter', [{ kind: 'query', name: 't' }], 'Zoë'],
  ] as const) {
    test(`are known by ${what}`, () => {
      const parts = { identity, query: 't=Zo%C3%AB' }

      assert.deepEqual(asked({ key, overrides: [{ name, ...own }] }, parts), [500, 7])
      assert.deepEqual(asked({ key, overrides: [{ name: 'other', ...own }] }, parts), [10, 5])
    })
  }

  test('are known by the block of an IPv6 address', () => {
    const rule = { overrides: [{ name: '2001:db8::/64', ...own }] }

    assert.deepEqual(asked(rule, { clientAddress: '2001:db8::7' }), [500, 7])
    assert.deepEqual(asked(rule, { clientAddress: '2001:db8:1::7' }), [10, 5])
  })

  test('are told so', () => {
    const overrides = [{ name: '203.0.113.7', ...own }]
    const { first } = stage([limit({ overrides })], new ScriptedLimiter(() => denied))

    const { fields, detail } = reply(first) ?? assert.fail()

    assert.equal(lines(fields)[1], 'ratelimit-policy: "client-ip";q=500;w=1')
    assert.equal(detail, 'over 500/s, burst 7, for each client-ip')
    assert.equal(first.summary, '10/s, burst 5, for each client-ip, 1 with a limit of their own')
    assert.ok(typeof first.foresee === 'function')
    assert.deepEqual(first.foresee(client()), {
      kind: 'depends',
      on: 'counts requests: 500/s, burst 7, for each client-ip',
    })
  })
})

describe('a cost that responses say', () => {
  const laterCost = { header: 'x-cost', most: 100, clients: 'keep' } as const

  /** Asks, has the upstream answer with these fields, and gives what is taken after. */
  function debits(rule: Partial<RateRule>, fields: string, verdict: Omit<Verdict, 'by'> = admitted) {
    const limiter = new ScriptedLimiter(() => verdict)
    const built = stage([limit(rule)], limiter)
    const request = client()
    const response = responseDraft(fields)
    reply(built.first, request)
    built.first.onResponse?.(response, request)
    const costs = limiter.debited.flat().map(({ subject, cost }) => [subject, cost])
    return { ...built, costs, fields: response.fields, request, limiter }
  }

  for (const [said, cost, told] of [
    ['5', 4, undefined],
    ['1.5', 0.5, undefined],
    ['100', 99, undefined],
    ['101', 99, 'above the most'],
    ['9'.repeat(64), 99, 'above the most'],
    ['1', undefined, undefined],
    ['0', undefined, undefined],
    ['-3', undefined, 'unreadable'],
    ['1e3', undefined, 'unreadable'],
    ['NaN', undefined, 'unreadable'],
    ['', undefined, 'unreadable'],
    ['9'.repeat(65), undefined, 'unreadable'],
  ] as const) {
    test(`of ${JSON.stringify(said).slice(0, 20)} takes ${cost ?? 'nothing'} more`, () => {
      const { costs, counted, badCosts } = debits({ laterCost }, `x-cost: ${said}\r\n`)

      assert.deepEqual(costs, cost === undefined ? [] : [['203.0.113.7', cost]])
      assert.deepEqual(
        badCosts.map((text) => text.split(': ').at(-1)),
        told === undefined ? [] : [told],
      )
      assert.deepEqual(counted, ['7 admitted', ...(told === undefined ? [] : ['7 bad_cost'])])
    })
  }

  test('that stands there twice is none', () => {
    assert.deepEqual(debits({ laterCost }, 'x-cost: 5\r\nX-Cost: 6\r\n').costs, [])
  })

  test('is taken once for a request, and not for a later one of the same exchange', () => {
    const { first, request, limiter } = debits({ laterCost }, 'x-cost: 5\r\n')

    first.onResponse?.(responseDraft('x-cost: 5\r\n'), request)

    assert.equal(limiter.debited.length, 1)
  })

  test('is not taken of requests that were refused', () => {
    assert.deepEqual(debits({ laterCost }, 'x-cost: 5\r\n', denied).costs, [])
  })

  test('is kept from clients where it shall be, whether it was counted or not', () => {
    const rule = {
      laterCost: { ...laterCost, clients: 'remove' },
      exceptClients: ['203.0.113.0/24'],
    } as const

    assert.deepEqual(debits({ laterCost }, 'x-cost: 5\r\n').fields, 'x-cost: 5\r\n')
    assert.deepEqual(debits(rule, 'x-cost: 5\r\nx-a: b\r\n').fields, 'x-a: b\r\n')
  })

  test('is taken of rules in shadow, when the store has admitted', async () => {
    const limiter = new ScriptedLimiter(async () => admitted)
    const { first } = stage([limit({ laterCost, mode: 'shadow' })], limiter)
    const request = client()
    reply(first, request)
    await new Promise(setImmediate)

    first.onResponse?.(responseDraft('x-cost: 3\r\n'), request)

    assert.deepEqual(limiter.debited.flat().length, 1)
  })

  test('is nothing to routes without it', () => {
    const { first } = stage([limit({})], new ScriptedLimiter(() => admitted))

    assert.equal(first.onResponse, undefined)
  })
})

describe('the counts of rate limits', () => {
  function idOf(
    rule: Partial<RateRule>,
    parts: { id?: string; file?: string } = {},
    before: readonly FilterSpec[] = [],
  ) {
    const limiter = new ScriptedLimiter(() => admitted)
    reply(stage([...before, limit(rule)], limiter, parts).first)
    return limiter.asked[0]?.at(-1)?.limit.id ?? ''
  }

  for (const [what, a, b] of [
    ['routes share a rule by its name', idOf({ name: 'n' }, { id: 'a' }), idOf({ name: 'n' }, { id: 'b' })],
    [
      'paths of an Ingress share a rule without a name',
      idOf({}, { id: 'a', file: 'Ingress shop/web' }),
      idOf({}, { id: 'b', file: 'Ingress shop/web' }),
    ],
    [
      'Ingresses of a namespace share by name',
      idOf({ name: 'n' }, { file: 'Ingress shop/web' }),
      idOf({ name: 'n' }, { file: 'Ingress shop/api' }),
    ],
    [
      'a limit of somebody else does not part them',
      idOf({}),
      idOf({ overrides: [{ name: 'x', kind: 'rate', rate: 1, per: 1, burst: 1 }] }),
    ],
    ['exemptions do not part them', idOf({}), idOf({ exceptClients: ['10.0.0.0/8'] })],
  ] as const) {
    test(what, () => assert.equal(a, b))
  }

  for (const [what, a, b] of [
    ['routes have their own without a name', idOf({}, { id: 'a' }), idOf({}, { id: 'b' })],
    ['rules of one route are told apart', idOf({}), idOf({}, {}, [limit({})])],
    ['rules of one name and another rate are told apart', idOf({ name: 'n' }), idOf({ name: 'n', rate: 9 })],
    [
      'who has a limit of their own is counted apart',
      idOf({}),
      idOf({ overrides: [{ name: '203.0.113.7', kind: 'rate', rate: 1, per: 1, burst: 1 }] }),
    ],
    ['rules of one name and another key are told apart', idOf({ name: 'n' }), idOf({ name: 'n', key: [] })],
    [
      'namespaces never share',
      idOf({ name: 'n' }, { file: 'Ingress shop/web' }),
      idOf({ name: 'n' }, { file: 'Ingress evil/web' }),
    ],
    [
      'an Ingress never shares with files',
      idOf({ name: 'n' }),
      idOf({ name: 'n' }, { file: 'Ingress shop/web' }),
    ],
  ] as const) {
    test(what, () => assert.notEqual(a, b))
  }
})

describe('Retry-After', () => {
  for (const [ms, roll, seconds] of [
    [1, 0, 1],
    [1000, 0, 1],
    [1001, 0, 2],
    [900, 0.999, 2],
    [60_000, 0, 60],
    [60_000, 0.999, 66],
  ] as const) {
    test(`of ${ms} ms is ${seconds} s with a roll of ${roll}`, () => {
      assert.equal(retryAfterSeconds(ms, roll), seconds)
    })
  }
})
