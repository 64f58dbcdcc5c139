import { childAt, childrenOf, DerError, type DerValue, derTags, readDer } from './der.ts'

const utcTime = 0x17
const generalizedTime = 0x18

/**
 * When the first of some revocation lists has to be replaced, in milliseconds since 1970; `undefined` when none of them says. From then
 * on OpenSSL refuses every certificate of its authority. RFC 5280 §5.1.2.5.
 *
 * @param lists PEM.
 */
export function nextUpdateOf(lists: readonly string[]): number | undefined {
  const times = lists.map(nextUpdate).filter((time) => time !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}

function nextUpdate(pem: string): number | undefined {
  const base64 = pem.replaceAll(/-----[^-]*-----|\s/g, '')
  try {
    const content = childAt(readDer(Buffer.from(base64, 'base64')), 0, derTags.sequence)
    const [, second] = childrenOf(content).filter(({ tag }) => tag === utcTime || tag === generalizedTime)
    return second === undefined ? undefined : timeOf(second)
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

/** `YYMMDDHHMMSSZ`, of 1950 to 2049, or `YYYYMMDDHHMMSSZ`. */
function timeOf({ tag, content }: DerValue): number | undefined {
  const text = content.toString('latin1')
  const century = tag === generalizedTime ? '' : Number(text.slice(0, 2)) < 50 ? '20' : '19'
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}
