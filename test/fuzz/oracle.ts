import { eachField } from '../../src/http/field-block.ts'
import type { Random } from './random.ts'

/** Says what is wrong with how bytes were read; `undefined` when nothing is. */
export interface Oracle {
  judge(text: string, random: Random): Promise<string | undefined>
}

export type Pair = readonly [name: string, value: string]

/** The lines of a field block as pairs. */
export function pairsOf(block: string): Pair[] {
  const pairs: Pair[] = []
  eachField(block, (name, value) => pairs.push([name, value]))
  return pairs
}

/** The bytes in up to six pieces. */
export function splitRandomly(bytes: Buffer, random: Random): Buffer[] {
  const cuts = Array.from({ length: 1 + random.below(5) }, () => random.below(bytes.length + 1)).sort(
    (a, b) => a - b,
  )
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length))
}
