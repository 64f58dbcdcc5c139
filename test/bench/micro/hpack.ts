/**
 * What a header block of HTTP/2 costs, to and from the head that the gateway works with. Run: `node test/bench/micro/hpack.ts`.
 *
 * "same" repeats one block on one connection; "other path" and "other date" change one line of it, which is sent as a literal;
 * "varied" never repeats a value, as if every request came from another client.
 */
import { bench, do_not_optimize, group, run } from 'mitata'
import { RequestHead, type RequestPolicy } from '../../../src/wire/h1/request-head.ts'
import { ResponseHead, type ResponsePolicy } from '../../../src/wire/h1/response-head.ts'
import { RequestReader } from '../../../src/wire/h2/head/request-head.ts'
import { readResponseHead } from '../../../src/wire/h2/head/response-head.ts'
import { ByteWriter } from '../../../src/wire/h2/hpack/byte-writer.ts'
import { HpackDecoder } from '../../../src/wire/h2/hpack/decoder.ts'
import { HpackEncoder } from '../../../src/wire/h2/hpack/encoder.ts'
import { type HeaderLimits, HeaderList } from '../../../src/wire/h2/hpack/header-list.ts'

const requestPolicy: RequestPolicy = {
  trusted: false,
  underscores: 'drop',
  encodedSlash: 'reject',
  scheme: 'http',
  fields: 100,
  head: 16384,
  requestLine: 8192,
}
const responsePolicy: ResponsePolicy = { fields: 200, server: 'drop' }
const limits: HeaderLimits = { bytes: 16384, fields: 100, crumbs: 200, cookieBytes: 16384 }
const varieties = 64

/** `#` in a path, `@` in a field is what varies. */
const path = '/shop/items/#?page=2'
const browser =
  'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"\r\nsec-ch-ua-mobile: ?0\r\n' +
  'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.@\r\n' +
  'accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n' +
  'accept-encoding: gzip, deflate, br\r\naccept-language: en-US,en;q=0.@\r\n' +
  'cookie: session=abcdef0123456789abcdef012345@; theme=dark; _ga=GA1.2.1234567890.1234567890\r\n'
const answer =
  'content-type: text/html; charset=utf-8\r\ndate: Fri, 20 Nov 2026 16:00:@ GMT\r\ncontent-length: 128\r\n' +
  'cache-control: max-age=60\r\nvary: accept-encoding\r\nx-content-type-options: nosniff\r\n'

interface Message {
  readonly path: string
  readonly fields: string
}

function messages(fields: string, paths: number, values: number): Message[] {
  return Array.from({ length: varieties }, (_, i) => ({
    path: path.replace('#', String((i % paths) + 1000)),
    fields: fields.replaceAll('@', String((i % values) + 10)),
  }))
}

function encodeRequest(encoder: HpackEncoder, message: Message, into: ByteWriter): void {
  const head = {
    method: 'GET',
    scheme: 'https',
    authority: 'h.example.com',
    path: message.path,
    protocol: '',
  }
  encoder.request(head, message.fields, into)
}

function encodeResponse(encoder: HpackEncoder, message: Message, into: ByteWriter): void {
  encoder.response(200, message.fields, into)
}

type Encode = typeof encodeRequest

function benchEncode(name: string, encode: Encode, inputs: readonly Message[]): void {
  const encoder = new HpackEncoder(4096)
  const writer = new ByteWriter()
  let turn = 0
  bench(`encode, ${name}`, () => {
    turn = (turn + 1) & (varieties - 1)
    const input = inputs[turn]
    if (input === undefined) return
    writer.reset()
    encode(encoder, input, writer)
    do_not_optimize(writer.length)
  })
}

/** Blocks that can be decoded round after round: where values vary, a round begins with an empty table. */
function blocksOf(encode: Encode, inputs: readonly Message[], decoder: HpackDecoder): Buffer[] {
  const encoder = new HpackEncoder(4096)
  const writer = new ByteWriter()
  const list = new HeaderList()
  const varies = inputs[0]?.fields !== inputs[1]?.fields
  const round = (): Buffer[] => {
    if (varies) encoder.setPeerTable(0)
    if (varies) encoder.setPeerTable(4096)
    return inputs.map((input) => {
      writer.reset()
      encode(encoder, input, writer)
      return Buffer.from(writer.bytes.subarray(0, writer.length))
    })
  }
  for (const block of round()) decoder.decode(block, 0, block.length, limits, list)
  return round()
}

function benchDecode(
  name: string,
  encode: Encode,
  inputs: readonly Message[],
  toHead: (list: HeaderList) => unknown,
): void {
  const decoder = new HpackDecoder(4096)
  const blocks = blocksOf(encode, inputs, decoder)
  const list = new HeaderList()
  let turn = varieties - 1
  bench(`decode, ${name}, ${blocks[1]?.length} B`, () => {
    turn = (turn + 1) & (varieties - 1)
    const block = blocks[turn]
    if (block === undefined) return
    if (decoder.decode(block, 0, block.length, limits, list) !== undefined) throw new Error('not a block')
    if (toHead(list) !== undefined) throw new Error('refused')
    do_not_optimize(list.fields)
  })
}

function requestHead(): (list: HeaderList) => unknown {
  const reader = new RequestReader()
  const head = new RequestHead()
  return (list) => reader.read(list, requestPolicy, head)
}

function responseHead(): (list: HeaderList) => unknown {
  const head = new ResponseHead()
  return (list) => readResponseHead(list, responsePolicy, head)
}

group('request: browser, 7 fields', () => {
  for (const [name, paths, values] of [
    ['same', 1, 1],
    ['other path', varieties, 1],
    ['varied', varieties, varieties],
  ] as const) {
    const inputs = messages(browser, paths, values)
    benchDecode(name, encodeRequest, inputs, requestHead())
    benchEncode(name, encodeRequest, inputs)
  }
})

group('response: 6 fields', () => {
  for (const [name, values] of [
    ['same', 1],
    ['other date', varieties],
  ] as const) {
    const inputs = messages(answer, 1, values)
    benchDecode(name, encodeResponse, inputs, responseHead())
    benchEncode(name, encodeResponse, inputs)
  }
})

await run()
