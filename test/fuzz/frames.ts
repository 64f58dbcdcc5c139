/**
 * Fuzzes the frames of HTTP/2: the same ones go to a gateway, to nghttpd and to `node:http2`.
 *
 *   node test/fuzz/frames.ts [--seconds 60] [--seed N]
 *
 * Prints the seed, and on a finding how the three took which frames, and exits 1.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzzFrames } from './frame-fuzz.ts'
import { startFramePeers } from './frame-peers.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
  },
})
console.log(
  `frames: seed ${values.seed}, ${values.seconds} s; a finding names gateway | nghttpd | node:http2`,
)

const peers = await startFramePeers()
const end = performance.now() + Number(values.seconds) * 1000
const { cases, finding } = await fuzzFrames(peers, Number(values.seed), () => performance.now() < end)
await peers[Symbol.asyncDispose]()
console.log(`frames: ${cases} cases`)
if (finding !== undefined) console.log(finding)
process.exit(finding === undefined ? 0 : 1)
