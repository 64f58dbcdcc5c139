import { codingName } from './content-coding.ts'

/** An entry of `accept-encoding`: its coding in lower case, and its weight in thousandths. */
interface Entry {
  readonly coding: string
  readonly weight: number
}

/**
 * The coding in which a response should go to a client: of those it takes most gladly, the one that was offered first. `undefined` is
 * the response as it is. RFC 9110 §12.5.3.
 *
 * Without the header every coding would do; but then nobody asked for one, and the response stays as it is.
 *
 * @param header all lines of `accept-encoding`, joined by commas.
 * @param offered in lower case, best first.
 */
export function acceptedCoding<C extends string>(
  header: string | undefined,
  offered: readonly C[],
): C | undefined {
  if (header === undefined) return undefined
  const entries = header.split(',').map(entryOf)
  const weightOf = (coding: string): number | undefined =>
    entries.find((one) => one.coding === coding)?.weight
  const others = weightOf('*')
  let [best, bestWeight]: [C | undefined, number] = [undefined, 0]
  for (const coding of offered) {
    const weight = weightOf(coding) ?? others ?? 0
    if (weight > bestWeight) [best, bestWeight] = [coding, weight]
  }
  // Without a word on it, what is not coded is taken, and less gladly than what is named.
  return bestWeight >= (weightOf('identity') ?? 0) ? best : undefined
}

/** An entry that is malformed asks for nothing. */
function entryOf(text: string): Entry {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const coding = codingName(name)
  const [weight] = parameters
  if (weight === undefined) return { coding, weight: 1000 }
  const isWeight = parameters.length === 1 && /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight)
  return { coding, weight: isWeight ? Math.round(Number(weight.slice(2)) * 1000) : 0 }
}
