import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzProxyHeader } from '../../../fuzz/proxy-header-cases.ts'

// A short run of `test/fuzz/proxy-header.ts`, always with the same bytes.

test('20000 PROXY headers are read the same whole and in pieces, and give addresses or nothing', () => {
  const { finding, taken } = fuzzProxyHeader(20_261_120, (done) => done < 20_000)

  assert.equal(finding, undefined)
  assert.ok(taken > 1000, `${taken} taken`)
})
