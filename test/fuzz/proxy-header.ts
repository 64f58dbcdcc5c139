/**
 * Fuzzes the reader of PROXY protocol headers with headers that are right and changed.
 *
 *   node test/fuzz/proxy-header.ts [--seconds 60] [--seed N]
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzzProxyHeader } from './proxy-header-cases.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
  },
})
console.log(`proxy header: seed ${values.seed}, ${values.seconds} s`)
const end = performance.now() + Number(values.seconds) * 1000
const result = fuzzProxyHeader(Number(values.seed), () => performance.now() < end)
console.log(result)
process.exit(result.finding === undefined ? 0 : 1)
