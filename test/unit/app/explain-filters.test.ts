import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explainFilters } from '../../../src/app/explain-filters.ts'
import { foresee } from '../../../src/filters/foresight.ts'
import type { FilterSpec } from '../../../src/model/filter-spec.ts'
import { rateRule, requestDraft } from '../filters/drafts.ts'

const match = { kind: 'prefix', value: '/', case: 'sensitive' } as const
const rewrite: FilterSpec = { kind: 'rewrite', path: { kind: 'full', value: '/new' }, host: undefined }
const httpsRedirect: FilterSpec = { kind: 'httpsRedirect', status: 308, port: undefined, except: [] }
const refuse: FilterSpec = { kind: 'refuse', status: 403, reason: 'client_refused', why: 'closed' }

describe('filters in an explanation', () => {
  test('says of each what it would do, and of those behind an answer that they are not reached', () => {
    const { filters, reply } = explainFilters([rewrite, refuse, httpsRedirect], match, requestDraft())

    assert.deepEqual(
      filters.map(({ kind, verdict, why }) => [kind, verdict, why]),
      [
        ['rewrite', 'passes', ''],
        ['refuse', 'answers', '403 client_refused: closed'],
        ['httpsRedirect', 'not reached', ''],
      ],
    )
    assert.equal(reply?.reason, 'client_refused')
  })

  test('lets later filters see what earlier ones changed', () => {
    const draft = requestDraft({ path: '/old' })

    explainFilters([rewrite], match, draft)

    assert.equal(draft.upstreamPath, '/new')
  })

  test('passes secure requests by a redirect to https', () => {
    const { filters, reply } = explainFilters([httpsRedirect], match, requestDraft({ scheme: 'https' }))

    assert.deepEqual([filters[0]?.verdict, reply], ['passes', undefined])
  })

  test('counts on no refusal by a limit of concurrency in shadow, or that leaves out who asks', () => {
    const rule = { ...rateRule(), kind: 'concurrencyLimit', limit: 5, store: 'default' } as const
    const { filters, doubts } = explainFilters(
      [rule, { ...rule, mode: 'shadow' }, { ...rule, exceptClients: ['203.0.113.0/24'] }],
      match,
      requestDraft({ clientAddress: '203.0.113.7' }),
    )

    assert.deepEqual(
      filters.map(({ verdict, why }) => [verdict, why]),
      [
        ['depends', 'counts requests in flight: 5 at a time, for each client-ip'],
        ['passes', 'counts in shadow: 5 at a time, for each client-ip'],
        ['passes', 'leaves out who asks'],
      ],
    )
    assert.equal(doubts.length, 1)
  })

  test('shows what is true of every filter of the kind', () => {
    const { filters } = explainFilters([refuse], match, requestDraft())

    const { buffers, undecided, reasons } = filters[0] ?? {}
    assert.deepEqual([buffers, undecided, reasons], ['nothing', 'never', ['client_refused', 'route_blocked']])
  })
})

describe('foresee', () => {
  const base = { kind: 'x', summary: 'x', onResponse: undefined } as const

  test('says that nobody knows of filters that do not say', () => {
    const foresight = foresee({ ...base, onRequest: () => assert.fail('ran') }, requestDraft())

    assert.deepEqual(foresight, { kind: 'depends', on: 'known only once the request is made' })
  })

  test('asks filters that say it themselves, without running them', () => {
    const filter = {
      ...base,
      onRequest: () => assert.fail('ran'),
      foresee: () => ({ kind: 'depends', on: 'counts requests' }) as const,
    }

    assert.deepEqual(foresee(filter, requestDraft()), { kind: 'depends', on: 'counts requests' })
  })

  test('passes requests by filters of responses', () => {
    const foresight = foresee({ ...base, onRequest: undefined }, requestDraft())

    assert.deepEqual(foresight, { kind: 'passes', why: 'sees responses only' })
  })
})
