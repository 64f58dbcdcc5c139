import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzHpack } from '../../../../fuzz/hpack-fuzz.ts'

// A short run of `test/fuzz/hpack.ts`, always with the same bytes.

const cases = 4000

for (const [side, what] of [
  ['decode', 'blocks of Node are read as they were meant'],
  ['encode', 'blocks of ours are read by Node as they were meant'],
  ['blocks', 'any blocks are read, or refused, as Node does'],
] as const) {
  test(`${cases} ${what}`, async () => {
    const { finding } = await fuzzHpack(side, 20_261_120, (done) => done < cases)

    assert.equal(finding, undefined)
  })
}
