import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzFrames } from '../fuzz/frame-fuzz.ts'
import { startFramePeers } from '../fuzz/frame-peers.ts'

// A short run of `test/fuzz/frames.ts`, always with the same bytes.

const cases = 250

test(`${cases} connections of right and wrong frames are judged as nghttpd and node:http2 judge them`, async () => {
  await using peers = await startFramePeers()

  const { finding } = await fuzzFrames(peers, 20_261_120, (done) => done < cases)

  assert.equal(finding, undefined)
})
