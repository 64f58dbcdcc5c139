import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SearchOwner, UpstreamSearch } from '../../../../src/proxy/tcp/upstream-search.ts'
import type { Traffic } from '../../../../src/proxy/traffic.ts'

test('a mistake of ours ends the search with a reason, and is reported', () => {
  const mistake = new Error('oops')
  const defects: unknown[] = []
  const failures: unknown[] = []
  const registry = {
    cluster: () => {
      throw mistake
    },
  }
  const traffic = {
    registry,
    random: () => 0,
    onDefect: (error: unknown, requestId: string) => defects.push([error, requestId]),
  } as unknown as Traffic
  const owner = {
    requestId: 'r1',
    onSearchFailed: (reason: string) => failures.push(reason),
  } as unknown as SearchOwner

  new UpstreamSearch(traffic, owner).start({ kind: 'leaf', value: 'web' })

  assert.deepEqual([failures, defects], [['internal_error'], [[mistake, 'r1']]])
})
