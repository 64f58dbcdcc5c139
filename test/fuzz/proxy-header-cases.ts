import { isIP } from 'node:net'
import { needMore, refused } from '../../src/wire/h1/head-reader.ts'
import { ProxyHeaderReader } from '../../src/wire/proxy-protocol/header-reader.ts'
import { addresses4, addresses6, tlv, v1, v2 } from '../support/proxy-header.ts'
import { Random } from './random.ts'

export interface ProxyHeaderFuzz {
  readonly cases: number
  readonly taken: number
  /** What is wrong, and with which bytes in hexadecimal. */
  readonly finding: { readonly what: string; readonly hex: string } | undefined
}

/** Feeds headers to the reader, right ones and changed ones, until `goesOn` says no or something is wrong. */
export function fuzzProxyHeader(seed: number, goesOn: (cases: number) => boolean): ProxyHeaderFuzz {
  const random = new Random(seed)
  let taken = 0
  let cases = 0
  for (; goesOn(cases); cases++) {
    const bytes = changed(built(random), random)
    const what = judge(bytes, random)
    if (what === 'taken') taken++
    else if (what !== 'refused') return { cases, taken, finding: { what, hex: bytes.toString('hex') } }
  }
  return { cases, taken, finding: undefined }
}

function built(random: Random): Buffer {
  if (random.once(3)) {
    const address = () => random.pick(['203.0.113.7', '::1', '2001:db8::7', '1.2.3', '::ffff:1.2.3.4'])
    const port = () => String(random.below(70_000))
    return v1(`${random.pick(['TCP4', 'TCP6', 'UNKNOWN'])} ${address()} ${address()} ${port()} ${port()}`)
  }
  const tlvs = Array.from({ length: random.below(4) }, () =>
    tlv(
      random.pick([1, 2, 3, 4, 5, 0x20, 0x30, 0xea]),
      random.pick(['', 'h2', 'a.test', 'abcd', 'x'.repeat(300)]),
    ),
  )
  const family = random.pick([0x11, 0x21, 0x31, 0x00])
  return v2({ family, addresses: family === 0x11 ? addresses4 : addresses6, tlvs })
}

function changed(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n')])
  for (let times = random.below(4); times > 0; times--) copy[random.below(copy.length)] = random.below(256)
  return random.once(8) ? copy.subarray(0, random.below(copy.length)) : copy
}

/** The same bytes, whole and cut somewhere, must give the same; what is taken must be addresses. */
function judge(bytes: Buffer, random: Random): string {
  const whole = new ProxyHeaderReader()
  const at = whole.push(bytes, 0, bytes.length)
  const parts = new ProxyHeaderReader()
  const cut = random.below(bytes.length + 1)
  const first = parts.push(bytes, 0, cut)
  const second = first === needMore ? parts.push(bytes, cut, bytes.length) : first
  if (second !== at) return `${at} in one piece, ${second} cut at ${cut}`
  if (JSON.stringify(parts.header) !== JSON.stringify(whole.header)) return `another header cut at ${cut}`
  if (at === needMore) return bytes.length >= 552 ? 'not settled after 552 bytes' : 'refused'
  if (at === refused) return whole.refusal === undefined ? 'refused without a reason' : 'refused'
  const { header } = whole
  if (header === undefined || at < 15 || at > 552) return `a header that ends at ${at}`
  const ends = [header.source, header.destination].filter((end) => end !== undefined)
  if (ends.some(({ address, port }) => isIP(address) === 0 || port > 65_535)) return 'not an address'
  return 'taken'
}
