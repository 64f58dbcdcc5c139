import type { Reason } from '../../src/model/reasons.ts'

/** What the codec makes of the bytes of a client, first message first. */
export type RequestOutcome =
  /** The first message that is not taken, after `before` that were. */
  | { readonly kind: 'refused'; readonly reason: Reason; readonly before: number }
  /** So many messages, and nothing left. */
  | { readonly kind: 'taken'; readonly messages: number }
  /** After so many messages, more of a head or a body must come. */
  | { readonly kind: 'waits'; readonly messages: number }

/** A row of the bad-input catalogue, as bytes (latin1). The fuzzer starts from them too. */
export interface RequestRow {
  readonly id: string
  readonly bytes: string
  readonly outcome: RequestOutcome
}

const chunked = 'Transfer-Encoding: chunked\r\n'
const canary = 'GET /smug HTTP/1.1\r\nHost: a.test\r\n\r\n'

/** A request head on `POST /t` for `a.test`. */
export function post(fields: string, body = ''): string {
  return `POST /t HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n${body}`
}

export function get(target: string, fields = '', version = 'HTTP/1.1'): string {
  return `GET ${target} ${version}\r\nHost: a.test\r\n${fields}\r\n`
}

function refused(reason: Reason, id: string, ...inputs: string[]): RequestRow[] {
  return inputs.map((bytes) => ({ id, bytes, outcome: { kind: 'refused', reason, before: 0 } }))
}

function taken(messages: number, id: string, ...inputs: string[]): RequestRow[] {
  return inputs.map((bytes) => ({ id, bytes, outcome: { kind: 'taken', messages } }))
}

function waits(messages: number, id: string, ...inputs: string[]): RequestRow[] {
  return inputs.map((bytes) => ({ id, bytes, outcome: { kind: 'waits', messages } }))
}

function coded(value: string, fields = ''): string {
  return post(`Transfer-Encoding: ${value}\r\n${fields}`, `0\r\n\r\n${canary}`)
}

function sized(value: string): string {
  return post(`Content-Length: ${value}\r\n`, `hello${canary}`)
}

function hosted(host: string): string {
  return `GET /t HTTP/1.1\r\nHost: ${host}\r\n\r\n${canary}`
}

function lined(line: string): string {
  return `${line}\r\nHost: a.test\r\n\r\n${canary}`
}

/** Characters from one code to another, both included. */
function codes(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i))
}

/** 2.1: content-length and transfer-encoding. */
export const lengthRows: readonly RequestRow[] = [
  ...refused('bad_framing', 'F01', post(`Content-Length: 6\r\n${chunked}`, '0\r\n\r\nG')),
  ...refused('bad_framing', 'F01', post(`${chunked}Content-Length: 6\r\n`, '0\r\n\r\nG')),
  ...refused('bad_framing', 'F02', post(`Content-Length: 4\r\n${chunked}`, `24\r\n${canary}\r\n0\r\n\r\n`)),
  ...refused('unsupported_transfer_coding', 'F03', coded('xchunked')),
  ...refused('bad_framing', 'F03', coded('xchunked', 'Content-Length: 5\r\n')),
  ...refused('bad_header', 'F04', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')),
  ...refused('bad_header', 'F04', post('Transfer-Encoding\t: chunked\r\n', '0\r\n\r\n')),
  ...taken(2, 'F05', coded('\tchunked'), coded('chunked '), coded('CHUNKED')),
  ...refused('bad_header', 'F06', coded('\vchunked'), coded('chunked\f'), coded('chunked\0')),
  ...refused('bad_framing', 'F06', coded('\xa0chunked'), coded('chunked\x85'), coded('chunked\xff')),
  ...refused('bad_framing', 'F06', coded('chunked\t'), coded('chunked\t ')),
  ...refused('bad_framing', 'F07', coded(',chunked'), coded('chunked,'), coded('chunked, ,')),
  ...refused('bad_framing', 'F08', coded('chunked', chunked), coded('chunked, chunked')),
  ...refused('bad_framing', 'F08', coded('chunked', 'Transfer-Encoding: identity\r\n')),
  ...refused('unsupported_transfer_coding', 'F09', coded('identity'), coded('gzip')),
  ...refused('bad_framing', 'F09', coded('"chunked"'), coded('chunked;ext=1')),
  ...refused('unsupported_transfer_coding', 'F10', coded('gzip, chunked'), coded('gzip,chunked')),
  ...refused('bad_framing', 'F11', coded('chunked, gzip')),
  ...refused('bad_framing', 'F12', coded(''), coded('', 'Content-Length: 5\r\n')),
  ...refused('bad_header', 'F13', coded('\r\n chunked'), post(`Content-Length: 5\r\nX: y\r\n ${chunked}`)),
  ...refused('bad_framing', 'F14', `POST /t HTTP/1.0\r\nHost: a.test\r\n${chunked}\r\n0\r\n\r\n`),
  ...refused('bad_framing', 'F14', `POST /t HTTP/1.0\r\nHost: a.test\r\nContent-Length: 5\r\n${chunked}\r\n`),
  ...refused('bad_header', 'F15', post('Transfer_Encoding: chunked\r\nContent-Length: 5\r\n')),
  ...refused('bad_header', 'F15', post('Content_Length: 5\r\n'), post('content_LENGTH: 5\r\n')),
  ...refused('bad_header', 'F15', post('Transfer-\r\nEncoding: chunked\r\n')),
  ...refused('bad_header', 'F15', post('Transfer-Encoding\x85: chunked\r\n')),
  ...refused('bad_framing', 'F16', sized('5\r\nContent-Length: 5'), sized('5\r\nContent-Length: 6')),
  ...refused('bad_framing', 'F16', sized('1, 1'), sized('1, 2')),
  ...refused('bad_framing', 'F17', ...['+1', '-1', '0x1', '1_0', '1.0', '1 0', '1Z', '', '-0'].map(sized)),
  ...refused('bad_framing', 'F17', sized('\r\nContent-Length: 5'), sized('1\x85')),
  ...waits(0, 'F18', post('Content-Length: 010\r\n', '12345678')),
  ...taken(1, 'F18', post('Content-Length: 010\r\n', '1234567890'), post('Content-Length: 000\r\n')),
  ...refused('body_too_large', 'F19', sized('18446744073709551617'), sized('9'.repeat(26))),
  ...refused('body_too_large', 'F20', sized('9007199254740993'), sized('9007199254740992')),
  ...waits(0, 'F20', sized('9007199254740991'), sized(`${'0'.repeat(40)}9007199254740991`)),
  ...refused('bad_header', 'F21', post('Content-Length 1\r\n'), post('Content-Length : 1\r\n')),
  ...refused('bad_header', 'F21', 'POST /t HTTP/1.1\r\n Content-Length: 1\r\nHost: a.test\r\n\r\n1'),
  ...['GET', 'HEAD', 'DELETE', 'OPTIONS'].flatMap((method) => [
    ...taken(2, 'F22', `${method} /t HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc${canary}`),
    ...taken(
      2,
      'F22',
      `${method} /t HTTP/1.1\r\nHost: a.test\r\n${chunked}\r\n3\r\nabc\r\n0\r\n\r\n${canary}`,
    ),
  ]),
  ...refused(
    'bad_header',
    'F24',
    get('/t', 'Content-Length:\r\n 30\r\n'),
    get('/t', 'Content-Length\0: 30\r\n'),
  ),
  ...waits(0, 'F26', post('Content-Length: 10\r\n', '12345')),
  ...taken(2, 'F27', post('', canary)),
  ...refused('bad_framing', 'F28', post('content-length: 1\r\nContent-LENGTH: 2\r\n', 'x')),
]

function chunks(body: string): string {
  return post(chunked, body)
}

/** 2.2: chunked bodies. */
export const chunkRows: readonly RequestRow[] = [
  ...refused('bad_chunk', 'C01', chunks('5\nhello\r\n0\r\n\r\n'), chunks('5\r\nhello\n0\r\n\r\n')),
  ...refused('bad_chunk', 'C01', chunks('5\r\nhello\r\n0\n\r\n'), chunks('5\r\nhello\r\n0\r\n\n')),
  ...refused('bad_chunk', 'C02', chunks('5\rhello\r\n0\r\n\r\n'), chunks('5;a\rb\r\nhello\r\n0\r\n\r\n')),
  ...refused('bad_chunk', 'C02', chunks('5\r\r;AB\r\n')),
  ...['0x5', '+5', '-5', '0_5', ' 5', '5 ', '5\t', '', '5these', '5,', '\xb2'].flatMap((size) =>
    refused('bad_chunk', 'C03', chunks(`${size}\r\nhello\r\n0\r\n\r\n`)),
  ),
  ...refused('bad_chunk', 'C04', chunks('10000000000000005\r\nhello'), chunks(`${'f'.repeat(17)}\r\nhello`)),
  ...refused('bad_chunk', 'C04', chunks(`${'f'.repeat(16)}\r\nhello`), chunks('20000000000000\r\nhello')),
  ...waits(0, 'C04', chunks('1fffffffffffff\r\nhello')),
  ...refused('bad_chunk', 'C05', chunks(`${'0'.repeat(24)}5\r\nhello\r\n0\r\n\r\n`)),
  ...taken(1, 'C05', chunks(`${'0'.repeat(15)}5\r\nhello\r\n0\r\n\r\n`)),
  ...taken(1, 'C06', chunks('5;a=b\r\nhello\r\n0\r\n\r\n'), chunks('5;a="x\\";y"\r\nhello\r\n0;z\r\n\r\n')),
  ...taken(1, 'C06', chunks('5;a;b=c;d="";e\r\nhello\r\n0\r\n\r\n')),
  ...['5;\nhello', '5;a="\r\nhello', '5;\x01', '5;a=\0', '5;\0', '5;\r\nhello', '5;a=\r\nhello'].flatMap(
    (line) => refused('bad_chunk', 'C07', chunks(`${line}\r\n0\r\n\r\n`)),
  ),
  ...refused('bad_chunk', 'C07', chunks('5;=b\r\nhello'), chunks('5;a=b"c"\r\n'), chunks('5;a="b"c\r\n')),
  ...refused('bad_chunk', 'C08', chunks(`5;a=${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`)),
  ...refused('bad_chunk', 'C08', chunks(`5;a=${'x'.repeat(200)}\r\nhello\r\n`.repeat(1000))),
  ...refused('bad_chunk', 'C09', chunks('5\r\nhelloX\r\n0\r\n\r\n'), chunks('5\r\nhello0\r\n\r\n')),
  ...refused('bad_chunk', 'C10', chunks('0\r\nContent-Length: 5\r\n\r\n')),
  ...refused('bad_chunk', 'C10', chunks('0\r\nTransfer-Encoding: chunked\r\n\r\n')),
  ...refused('bad_chunk', 'C10', chunks('0\r\ntransfer_encoding: chunked\r\n\r\n')),
  ...taken(1, 'C12', chunks('0\r\nX:POST /smug HTTP/1.1\r\n\r\n')),
  {
    id: 'C13',
    bytes: chunks('0\r\n\r\n\0'),
    outcome: { kind: 'refused', reason: 'bad_request_line', before: 1 },
  },
  ...taken(2, 'C13', chunks(`5\r\nhello\r\n0\r\n\r\n${canary}`)),
  ...refused('bad_chunk', 'C14', chunks('1\r\nx\r\n'.repeat(2000))),
  ...taken(1, 'C14', chunks(`${'1\r\nx\r\n'.repeat(1000)}0\r\n\r\n`)),
  ...taken(1, 'C14', chunks(`${`10\r\n${'x'.repeat(16)}\r\n`.repeat(3000)}0\r\n\r\n`)),
  ...refused(
    'bad_chunk',
    'C15',
    chunks('5 ;a\r\nhello\r\n0\r\n\r\n'),
    chunks('5\r ;a\r\nhello\r\n0\r\n\r\n'),
  ),
  ...refused(
    'bad_chunk',
    'C15',
    chunks('5; a\r\nhello\r\n0\r\n\r\n'),
    chunks('5;a =b\r\nhello\r\n0\r\n\r\n'),
  ),
  ...refused('bad_chunk', 'C16', chunks('5\r\nhelloXX0\r\n\r\n'), chunks('5\r\nhello\rX0\r\n\r\n')),
  ...waits(0, 'C17', chunks('5\r\nhel'), chunks('5'), chunks('5\r\nhello\r\n0\r\n'), chunks('0\r\n\r')),
  ...refused('bad_chunk', 'C11', chunks('0\r\nX : y\r\n\r\n'), chunks('0\r\nX: a\r\n b\r\n\r\n')),
  ...refused('bad_chunk', 'C11', chunks('0\r\nno colon\r\n\r\n'), chunks('0\r\nX: a\0\r\n\r\n')),
  ...refused('trailers_too_large', 'C11', chunks(`0\r\n${'X: y\r\n'.repeat(21)}\r\n`)),
  ...refused('trailers_too_large', 'C11', chunks(`0\r\nX: ${'y'.repeat(5000)}`)),
]

function fielded(line: string): string {
  return get('/t', `${line}\r\n`) + canary
}

/** 2.3: line endings and header grammar. */
export const grammarRows: readonly RequestRow[] = [
  ...refused('bad_request_line', 'G01', 'GET /t HTTP/1.1\nHost: a.test\n\n', get('/t').replace('\r\n', '\n')),
  ...refused('bad_header', 'G01', 'GET /t HTTP/1.1\r\nHost: a.test\nX: y\r\n\r\n'),
  ...refused('bad_header', 'G01', `GET /t HTTP/1.1\r\nHost: a.test\r\n\n${canary}`),
  ...refused('bad_header', 'G02', fielded('X: a\rY: b'), fielded('X: a\rb'), fielded('\rZ')),
  ...refused(
    'bad_header',
    'G03',
    ...[...codes(0, 8), ...codes(0x0b, 0x0c), ...codes(0x0e, 0x1f), '\x7f'].map((code) =>
      fielded(`X: a${code}b`),
    ),
  ),
  ...refused('bad_header', 'G03', fielded('X\0Y: z')),
  ...taken(2, 'G04', ...codes(0x80, 0xff).map((code) => fielded(`X: a${code}b`))),
  ...refused('bad_header', 'G05', ...Array.from('\x80\xff()/"@[{,;= ', (code) => fielded(`X${code}Y: z`))),
  ...refused('bad_header', 'G06', fielded('no colon'), fielded(': v'), fielded(':\r\nX: y')),
  ...refused(
    'bad_header',
    'G07',
    'GET /t HTTP/1.1\r\n Host: a.test\r\n\r\n',
    fielded('X : y'),
    fielded('X\t: y'),
  ),
  ...refused('bad_header', 'G07', fielded('X: a\r\n b'), fielded('X:\r\n\tb'), fielded('\tX: y')),
  ...taken(2, 'G08', fielded('X_Forwarded_For: 9.9.9.9'), fielded('some_name: x'), fielded('_: x')),
  ...refused('bad_header', 'G09', ...Array.from("!#$%&'*+.^`|~", (code) => fielded(`X${code}Y: z`))),
  ...taken(
    2,
    'G10',
    ...['__proto__', 'constructor', 'prototype', 'toString'].map((name) => fielded(`${name}: x`)),
  ),
  ...taken(1, 'G11', get('/t', 'x: y\r\n'.repeat(99))),
  ...refused('too_many_fields', 'G11', get('/t', 'x: y\r\n'.repeat(100)), get('/t', 'x: y\r\n'.repeat(1000))),
  ...refused('head_too_large', 'G11', get('/t', 'x: y\r\n'.repeat(100_000))),
  ...refused('head_too_large', 'G12', get('/t', `X: ${'y'.repeat(17_408)}\r\n`)),
  ...refused('uri_too_long', 'G12', get(`/${'y'.repeat(17_408)}`), get(`/${'y'.repeat(9216)}`)),
  ...refused('head_too_large', 'G13', get('/t', 'X:\r\n'.repeat(5000))),
  ...taken(1, 'G14', `\r\n${get('/t')}`, `\r\n\r\n${get('/t')}`, `\r\n\r\n\r\n\r\n${get('/t')}`),
  ...refused('bad_request_line', 'G14', `${'\r\n'.repeat(5)}${get('/t')}`, '\r\n'.repeat(10_000)),
  ...refused('bad_request_line', 'G14', `\n${get('/t')}`, `\r${get('/t')}`, `\r\n\n${get('/t')}`),
  ...refused('bad_request_line', 'G15', '\x9c\xfe\x00\x17\x88\xd3', '\x16\x03\x01\x02\x00\x01', '\r\r\r'),
  ...refused('bad_request_line', 'G15', 'SSH-2.0-OpenSSH_9.2\r\n', 'GET /t HTTP/1.1\r\nHost: a.test\nX'),
  ...refused('unsupported_version', 'G15', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  ...waits(0, 'G15', 'GET /t HTTP/1.1\r\nHost: a.test\r\n', 'GET', 'GET /t HTTP/1.1\r\nHost: a.test\r\n\r'),
]

/** 2.4: request line, target, host. */
export const targetRows: readonly RequestRow[] = [
  ...refused('bad_host', 'T01', 'GET /t HTTP/1.1\r\nX: y\r\n\r\n', 'GET /t HTTP/1.1\r\n\r\n'),
  ...refused(
    'bad_host',
    'T02',
    hosted(''),
    hosted('a.test\r\nHost: a.test'),
    hosted('a.test\r\nHost: b.test'),
  ),
  ...refused('bad_host', 'T02', hosted('a.test, b.test')),
  ...refused(
    'bad_host',
    'T03',
    ...[
      'u@a.test',
      'a.test/',
      'a.test?',
      'a.test#',
      'a.test\\',
      'a test',
      'a\ttest',
      'a%2etest',
      'a\xfftest',
    ].map(hosted),
    ...[
      'a.test:99999999',
      'a.test:65536',
      'a.test:0',
      'a.test:abc',
      'a.test:',
      'a.test:80:80',
      '[::1',
      '[::g]',
    ].map(hosted),
    ...[
      'a..b',
      '.',
      '.a.test',
      'a'.repeat(64),
      `${'a'.repeat(60)}.`.repeat(4) + 'a'.repeat(20),
      '[::1%eth0]',
      ':80',
    ].map(hosted),
  ),
  ...taken(
    2,
    'T04',
    ...['A.TEST', 'a.test.', 'a.test:443', 'A.Test.:8080', '[::1]:80', '1.2.3.4'].map(hosted),
  ),
  ...refused('bad_host', 'T05', 'GET /t HTTP/1.0\r\n\r\n'),
  ...taken(
    1,
    'T06',
    'GET http://b.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n',
    'GET HTTP://b.test HTTP/1.1\r\nHost: b.test\r\n\r\n',
  ),
  ...refused('bad_host', 'T07', get('http://u:p@a.test/x'), get('http://a.test\\x'), get('http://a.test:/x')),
  ...refused(
    'bad_target',
    'T07',
    ...['ftp://a.test/x', 'https://a.test/x', 'http:///x', 'http://a.test?x'].map((t) => get(t)),
  ),
  ...refused('bad_target', 'T07', get('http://a.test#f'), get('http:/a.test/x'), get('http://')),
  ...refused('bad_path', 'T07', get('http://a.test/x#f')),
  ...refused(
    'bad_host',
    'T07',
    'GET http://a.test/ HTTP/1.1\r\n\r\n',
    'GET http://a.test/ HTTP/1.1\r\nHost: @\r\n\r\n',
  ),
  ...refused('bad_target', 'T08', get('b.test:80'), get('admin'), get('@evil/x'), get('?x')),
  ...refused('bad_request_line', 'T08', 'GET  HTTP/1.1\r\nHost: a.test\r\n\r\n'),
  ...refused('bad_target', 'T09', get('*'), lined('OPTIONS */x HTTP/1.1'), lined('OPTIONS ** HTTP/1.1')),
  ...taken(2, 'T09', lined('OPTIONS * HTTP/1.1'), lined('OPTIONS http://a.test HTTP/1.1')),
  ...taken(1, 'T10', get('//evil/x')),
  ...refused('bad_path', 'T10', get('/\\evil/x')),
  ...refused('bad_target', 'T10', get('\\\\evil/x')),
  ...refused('bad_path', 'T11', get('/x#f')),
  ...refused('bad_target', 'T11', get('/x?y#f'), get('#')),
  ...refused(
    'bad_path',
    'T12',
    ...['\0', '\t', '\x0b', '\x0c', ...codes(0x0e, 0x1f), ...codes(0x7f, 0xff)].map((code) =>
      get(`/a${code}b`),
    ),
  ),
  ...refused('bad_request_line', 'T12', get('/a b'), get('/\r')),
  ...refused(
    'bad_target',
    'T12',
    get('/a?b c'),
    ...['\x01', '\x7f', '\0', '\x80', '\xff'].map((code) => get(`/a?b${code}`)),
  ),
  ...taken(1, 'T13', ...Array.from('"<>^`{|}', (code) => get(`/a${code}b`))),
  ...refused('bad_path', 'T13', get('/a\\b'), get('/a%5cb')),
  ...refused(
    'bad_path',
    'T14',
    ...['/%zz', '/%', '/%4', '/a%00b', '/%u002e', '/%c0%ae', '/%e0%80%ae', '/%f0%80%80%ae', '/a%0d%0ab'].map(
      (t) => get(t),
    ),
  ),
  ...taken(1, 'T14', get('/a?b=%zz'), get('/a?%'), get('/a?%c0%ae'), get('/a?{|}^`"<>\\'), get('/M%FCller')),
  ...refused(
    'bad_request_line',
    'T15',
    lined('GET  /t HTTP/1.1'),
    lined('GET /t  HTTP/1.1'),
    lined('GET\t/t\tHTTP/1.1'),
  ),
  ...refused(
    'bad_request_line',
    'T15',
    lined('GET /t HTTP/1.1 '),
    lined(' GET /t HTTP/1.1'),
    lined('GET\t/t HTTP/1.1'),
  ),
  ...refused(
    'bad_request_line',
    'T16',
    lined('GET /t HTTP/01.1'),
    lined('GET /t http/1.1'),
    lined('GET /t ICE/1.0'),
  ),
  ...refused(
    'bad_request_line',
    'T16',
    lined('GET /t HTTP/1.1\r'),
    lined('GET /t HTTP/1.10'),
    lined('GET /t HTTP/1,1'),
  ),
  ...refused('unsupported_version', 'T16', lined('GET /t HTTP/1.2')),
  ...refused('unsupported_version', 'T17', lined('GET /t HTTP/2.0'), lined('GET /t HTTP/0.9')),
  ...refused('bad_request_line', 'T17', lined('GET /t RTSP/1.0'), lined('GET /t HTTP/3')),
  ...refused('bad_request_line', 'T18', 'GET /\r\n', 'GET\r\n\r\n', 'GET \r\n'),
]

/** 2.5 to 2.7: methods, expectations, upgrades, nominations. */
export const meaningRows: readonly RequestRow[] = [
  ...refused('method_not_allowed', 'V01', lined('TRACE /t HTTP/1.1'), lined('TRACK /t HTTP/1.1')),
  ...refused(
    'method_not_allowed',
    'V02',
    ...['b.test:443', '/', 'a'].map((t) => lined(`CONNECT ${t} HTTP/1.1`)),
  ),
  ...refused(
    'method_not_allowed',
    'V03',
    ...['FOO', 'get', 'A'.repeat(500), 'M-SEARCH'].map((m) => lined(`${m} /t HTTP/1.1`)),
  ),
  ...refused(
    'bad_request_line',
    'V03',
    ...['G=T', 'G"T', 'G:T', 'G<T', 'G(T', 'G\xffT'].map((m) => lined(`${m} /t HTTP/1.1`)),
  ),
  ...refused(
    'method_not_allowed',
    'V04',
    ...['SOURCE', 'QUERY', 'BIND', 'PURGE', 'LINK'].map((m) => lined(`${m} /t HTTP/1.1`)),
  ),
  ...taken(2, 'V05', fielded('X-HTTP-Method-Override: DELETE')),
  ...taken(1, 'V06', post('Expect: 100-continue\r\nContent-Length: 2\r\n', 'ab')),
  ...refused(
    'expectation_failed',
    'V07',
    ...['y 100-continue', '100-continue, x'].map((v) => post(`Expect: ${v}\r\n`)),
  ),
  ...refused('expectation_failed', 'V07', post('Expect: 100-continue\r\nExpect: 100-continue\r\n')),
  ...refused('bad_header', 'V07', post('Expect:\r\n 100-continue\r\n')),
  ...taken(2, 'V07', fielded('Expect: 100-continue')),
  ...refused('expectation_failed', 'V08', post('Expect: 200-ok\r\n')),
  ...taken(1, 'V09', 'GET /t HTTP/1.0\r\nHost: a.test\r\nExpect: 200-ok\r\n\r\n'),
  ...taken(1, 'V10', `GET /t HTTP/1.0\r\nHost: a.test\r\n\r\n${canary}`),
  ...taken(1, 'V10', `GET /t HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n${canary}`),
  ...taken(1, 'V11', fielded('Connection: close'), fielded('Connection: Keep-Alive, CLOSE')),
  ...taken(1000, 'V12', get('/t').repeat(1000)),
  ...taken(2, 'V13', lined('OPTIONS /t HTTP/1.1\r\nMax-Forwards: 0')),
  ...taken(
    2,
    'U01',
    fielded('Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade, HTTP2-Settings'),
  ),
  ...taken(
    2,
    'U02',
    fielded('Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade'),
    fielded('upgrade: H2C'),
  ),
  ...refused(
    'bad_upgrade',
    'U02',
    ...['websocket, h2c', 'h2c,', 'websocket\r\nUpgrade: h2c', ''].map((v) => fielded(`Upgrade: ${v}`)),
  ),
  ...taken(2, 'U03', fielded('Upgrade: foo\r\nConnection: upgrade')),
  ...refused('bad_upgrade', 'U04', get('/t', 'Upgrade: foo\r\nConnection: upgrade\r\nContent-Length: 1\r\n')),
  ...refused('bad_upgrade', 'U04', get('/t', `Upgrade: foo\r\nConnection: upgrade\r\n${chunked}`)),
  ...['Host', 'content-length', 'Transfer-Encoding', 'Authorization', 'Cookie'].flatMap((name) =>
    refused('bad_header', 'H01', fielded(`Connection: ${name}`), fielded(`Connection: close, ${name}`)),
  ),
  ...taken(1, 'H01', fielded('Connection: close, X-Forwarded-For')),
  ...taken(2, 'H01', fielded('X-A: b\r\nConnection: X-A, , x-b')),
  ...refused(
    'bad_header',
    'H01',
    fielded('Connection: a b'),
    fielded(`Connection: ${'a,'.repeat(17)}`),
    fielded(`Connection: ${','.repeat(70)}close`),
  ),
  ...refused('bad_header', 'H05', fielded('x-forwarded-for : 9.9.9.9')),
]

export const requestRows: readonly RequestRow[] = [
  ...lengthRows,
  ...chunkRows,
  ...grammarRows,
  ...targetRows,
  ...meaningRows,
]
