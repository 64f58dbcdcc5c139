import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../../../fuzz/fuzz.ts'

// A short run of `test/fuzz/codec.ts`, always with the same bytes.

const cases = 10_000

for (const side of ['request', 'response'] as const) {
  test(`${cases} ${side} cases are read as Node reads them`, async () => {
    const { finding } = await fuzz(side, 20_261_120, (done) => done < cases)

    assert.deepEqual(finding, undefined)
  })
}
