/**
 * What the HTTP/1.1 codec costs per message. Run: `node test/bench/micro/h1.ts`.
 *
 * "same" repeats one head on one connection, as API clients do; "varied" never repeats a line, as if every head were new.
 */
import { bench, do_not_optimize, group, run } from 'mitata'
import { BodyDecoder, type BodySink } from '../../../src/wire/h1/body-decoder.ts'
import { HeadReader } from '../../../src/wire/h1/head-reader.ts'
import { parseRequestHead, RequestHead, type RequestPolicy } from '../../../src/wire/h1/request-head.ts'
import { parseResponseHead, ResponseHead, type ResponsePolicy } from '../../../src/wire/h1/response-head.ts'
import { requestHeadText } from '../../../src/wire/h1/serialise.ts'

const heads: Readonly<Record<string, string>> = {
  'wrk, 100 B':
    'GET /api/v1/items?page=# HTTP/1.1\r\nHost: h#.bench.test\r\nUser-Agent: wrk/4\r\nAccept: */*#\r\n\r\n',
  'browser, 600 B':
    'GET /shop/items/#?page=2 HTTP/1.1\r\nHost: h#.example.com\r\nConnection: keep-alive\r\n' +
    'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"\r\nsec-ch-ua-mobile: ?0\r\n' +
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0\r\n' +
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n' +
    'Referer: https://shop.example.com/#\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\n' +
    'Cookie: session=abcdef0123456789abcdef0123456789; theme=dark; _ga=GA1.2.1234567890.1234567890\r\n\r\n',
  'encoded path': 'GET /a%20b/./c;x=1/%7euser/# HTTP/1.1\r\nHost: h#.bench.test\r\nAccept: */*\r\n\r\n',
}
const answer =
  'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Fri, 20 Nov 2026 16:00:# GMT\r\nContent-Type: text/plain\r\n' +
  'Content-Length: 128\r\nConnection: keep-alive\r\n\r\n'
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
const varieties = 64

/** So many different heads. */
function buffers(template: string, tail = ''): { buffer: Buffer; end: number }[] {
  return Array.from({ length: varieties }, (_, i) => {
    const text = template.replaceAll('#', String(i + 1000)) + tail
    const buffer = Buffer.from(text, 'latin1')
    return { buffer, end: buffer.length }
  })
}

function benchRequest(name: string, template: string, variety: number): void {
  const reader = new HeadReader('request', { line: 8192, head: 16384 })
  const head = new RequestHead()
  const inputs = buffers(template)
  let turn = 0
  bench(name, () => {
    turn = (turn + 1) & (variety - 1)
    const input = inputs[turn]
    if (input === undefined) return
    if (reader.push(input.buffer, 0, input.end) < 0) throw new Error('not a head')
    if (parseRequestHead(reader.text, requestPolicy, head) !== undefined) throw new Error('refused')
    do_not_optimize(head.fields)
  })
}

function benchResponse(name: string, variety: number): void {
  const reader = new HeadReader('response', { line: 8192, head: 32768 })
  const head = new ResponseHead()
  const inputs = buffers(answer, 'x'.repeat(128))
  let turn = 0
  bench(name, () => {
    turn = (turn + 1) & (variety - 1)
    const input = inputs[turn]
    if (input === undefined) return
    if (reader.push(input.buffer, 0, input.end) < 0) throw new Error('not a head')
    if (parseResponseHead(reader.text, responsePolicy, head) !== undefined) throw new Error('refused')
    do_not_optimize(head.fields)
  })
}

for (const [name, template] of Object.entries(heads)) {
  group(`request: ${name}`, () => {
    benchRequest('same', template, 1)
    benchRequest('varied', template, varieties)
  })
}

group('response: 150 B and body', () => {
  benchResponse('same', 1)
  benchResponse('varied', varieties)
})

group('body', () => {
  const limits = {
    chunkExtension: 256,
    chunkExtensions: 1024,
    chunkAverage: 16,
    trailerFields: 20,
    trailers: 4096,
  }
  const decoder = new BodyDecoder()
  let bytes = 0
  const sink: BodySink = {
    onBodyData: (_buffer, start, end) => {
      bytes += end - start
    },
    onBodyEnd: () => undefined,
  }
  for (const [name, size, count] of [
    ['10 chunks of 1 KiB', 1024, 10],
    ['100 chunks of 20 B', 20, 100],
  ] as const) {
    const chunk = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`
    const buffer = Buffer.from(`${chunk.repeat(count)}0\r\n\r\n`)
    bench(name, () => {
      decoder.begin('chunked', 0, limits, 'request')
      if (decoder.push(buffer, 0, buffer.length, sink) !== buffer.length) throw new Error('not a body')
      do_not_optimize(bytes)
    })
  }
})

group('serialise', () => {
  const fields = 'User-Agent: wrk/4\r\nAccept: */*\r\nx-forwarded-for: 10.0.0.1\r\n'
  bench('request head', () => {
    do_not_optimize(requestHeadText('GET', '/api/v1/items?page=2', 'h.bench.test', fields, 'none'))
  })
})

await run()
