/**
 * Fuzzes HPACK against `node:http2`, over real sessions in memory.
 *
 *   node test/fuzz/hpack.ts --side decode|encode|blocks [--seconds 60] [--seed N]
 *
 * Prints the seed, and on a finding what differs and exits 1.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzzHpack, type HpackSide } from './hpack-fuzz.ts'

const { values } = parseArgs({
  options: {
    side: { type: 'string', default: 'blocks' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
  },
})
const sides: readonly HpackSide[] = ['decode', 'encode', 'blocks']
const side = sides.find((name) => name === values.side)
if (side === undefined) throw new RangeError(`--side "${values.side}" is none of ${sides.join(', ')}`)
console.log(`${side}: seed ${values.seed}, ${values.seconds} s`)

const end = performance.now() + Number(values.seconds) * 1000
const { cases, finding } = await fuzzHpack(side, Number(values.seed), () => performance.now() < end)
console.log(`${side}: ${cases} cases`)
if (finding !== undefined) console.log(finding)
process.exit(finding === undefined ? 0 : 1)
