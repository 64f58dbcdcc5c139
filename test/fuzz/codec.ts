/**
 * Fuzzes the HTTP/1.1 codec against Node's own strict parser.
 *
 *   node test/fuzz/codec.ts --side request|response [--seconds 60] [--seed N]
 *
 * Prints the seed, and on a finding the shortest bytes and exits 1. Bytes that show a mistake of ours go into
 * `test/corpus/found/` with the fix.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({
  options: {
    side: { type: 'string', default: 'request' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
  },
})
const side = values.side === 'response' ? 'response' : 'request'
console.log(`${side}: seed ${values.seed}, ${values.seconds} s`)

const end = performance.now() + Number(values.seconds) * 1000
const { cases, finding } = await fuzz(side, Number(values.seed), () => performance.now() < end)
console.log(`${side}: ${cases} cases`)
if (finding !== undefined) {
  console.log(`${finding.what}: ${JSON.stringify(finding.text)}`)
  console.log(`base64: ${Buffer.from(finding.text, 'latin1').toString('base64')}`)
}
process.exit(finding === undefined ? 0 : 1)
