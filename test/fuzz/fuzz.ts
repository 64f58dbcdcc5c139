import { requestRows } from '../corpus/requests.ts'
import { responseRows } from '../corpus/responses.ts'
import { foundTexts } from './found.ts'
import { generateRequest, generateResponse } from './generate.ts'
import { mutate } from './mutate.ts'
import { NodeRequestParser } from './node-parser.ts'
import type { Oracle } from './oracle.ts'
import { Random } from './random.ts'
import { RequestOracle } from './request-oracle.ts'
import { ResponseOracle } from './response-oracle.ts'

export type FuzzSide = 'request' | 'response'

export interface FuzzResult {
  readonly cases: number
  /** What is wrong, and the shortest bytes (latin1) it was seen with. */
  readonly finding: { readonly what: string; readonly text: string } | undefined
}

/** Longer texts only cost time. */
const longestSeed = 2000

/**
 * Feeds bytes to the codec, built from its grammar and from the corpus, and changed, until `goesOn` says no or something is
 * wrong. The same seed and side give the same bytes.
 */
export async function fuzz(
  side: FuzzSide,
  seed: number,
  goesOn: (cases: number) => boolean,
): Promise<FuzzResult> {
  const random = new Random(seed)
  const oracle = side === 'request' ? new RequestOracle(new NodeRequestParser()) : new ResponseOracle()
  const rows = side === 'request' ? requestRows : responseRows
  const corpus = [...rows.map((row) => row.bytes), ...foundTexts(side)].filter(
    (text) => text.length <= longestSeed,
  )
  const generate = side === 'request' ? generateRequest : generateResponse
  let cases = 0
  for (; goesOn(cases); cases++) {
    const built = generate(random)
    const choice = random.below(10)
    const text =
      choice < 3
        ? built
        : mutate(
            choice < 6 ? built : random.pick(corpus),
            random.once(2) ? built : random.pick(corpus),
            random,
          )
    const what = await judge(oracle, text, random)
    if (what !== undefined) return { cases, finding: { what, text: await shortened(oracle, text, what) } }
  }
  return { cases, finding: undefined }
}

async function judge(oracle: Oracle, text: string, random: Random): Promise<string | undefined> {
  try {
    return await oracle.judge(text, random)
  } catch (error) {
    return `thrown: ${String(error)}`
  }
}

/** Takes away what the finding does not need. */
async function shortened(oracle: Oracle, found: string, what: string): Promise<string> {
  let text = found
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < text.length; ) {
      const shorter = text.slice(0, at) + text.slice(at + size)
      const stays = (await judge(oracle, shorter, new Random(1))) === what
      if (stays) text = shorter
      else at += size
    }
  }
  return text
}
