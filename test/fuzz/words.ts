/** Things to say: `good` ones are right, `odd` ones are wrong or have been read in more than one way. */
export interface Words {
  readonly good: readonly string[]
  readonly odd: readonly string[]
}

export const methods: Words = {
  good: ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'],
  odd: ['TRACE', 'CONNECT', 'get', 'QUERY', 'G\0T', ''],
}

export const targets: Words = {
  good: [
    '/',
    '/t',
    '/a?b=c',
    '/a/../b',
    '/a%41',
    '/a;x/..;y/c',
    '//a',
    '/a{|}',
    'http://a.test/x?y',
    'http://b.test',
    '/?%zz',
    '/a%C3%A9',
  ],
  odd: [
    '/a%2fb',
    '?',
    '*',
    '/%c0%ae',
    '/a?b#c',
    '/a\\b',
    'a.test:80',
    '/\xe9',
    '',
    'http://u@a/',
    'https://a/',
    '/a b',
  ],
}

export const versions: Words = {
  good: ['HTTP/1.1'],
  odd: ['HTTP/1.0', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'HTTP/1.1 ', 'http/1.1', ''],
}

export const hosts: Words = {
  good: ['a.test', 'A.TEST:80', 'b.test.', '[::1]', '1.2.3.4:99'],
  odd: ['', 'a..b', 'u@a', 'a b', 'a\t', '\xe9', 'a:', 'a, b', 'a\x0b'],
}

export const lineEnds: Words = { good: ['\r\n'], odd: ['\n', '\r', '\r\r\n', '\n\r', '', '\r\n '] }

export const blanks: Words = {
  good: [' ', ' ', '', '  ', '\t', ' \t '],
  odd: ['\v', '\xa0', '\r\n ', '\0', '\r'],
}

export const requestLines: Words = {
  good: [
    'Accept: */*',
    'X-A: b',
    'X-A:b ',
    'X-B:\xe9\xff\t',
    'Cookie: a=b',
    'X_Y: z',
    'Connection: keep-alive',
    'Connection: X-A, TE',
    'TE: trailers',
    'Trailer: X-T, Digest',
    'Expect: 100-continue',
    'Via: 1.1 x',
    'X-Forwarded-For: 1.1.1.1',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: x',
    'l5d-x: y',
    'Max-Forwards: 3',
    'X-Empty:',
    'X-Empty: \t',
    'Connection:',
    'Connection: ,',
    'X-C: a:b, "c"',
    'X-D: \xa0',
  ],
  odd: [
    'Connection: close',
    'Proxy-Connection: close',
    'Proxy-Connection: keep-alive, Close',
    'Connection: upgrade',
    'Upgrade: h2c',
    'Upgrade: websocket, h2c',
    'Connection: Content-Length',
    'Transfer_Encoding: chunked',
    'Content_Length: 3',
    'Expect: x',
    'Host: c.test',
    ' X: folded',
    '\tX: folded',
    'no colon',
    ': v',
    'A b: c',
    'x-\xe9: y',
    'X\0: y',
    'X: \0',
    'X-A : b',
    '',
    'X: a\x0bb',
    'Content-Length : 3',
    'Transfer-Encoding : chunked',
    'Connection: X-A\x0b',
    'TE: chunked',
    'X.Y: z',
    'Content-Length:\x0b3',
    ':',
    '\x80: y',
  ],
}

export const responseLines: Words = {
  good: [
    'Server: x',
    'Date: d',
    'X-A: b',
    'X-B:\xe9',
    'Set-Cookie: a=b',
    'Set-Cookie: c=d ',
    'Connection: keep-alive',
    'Connection: X-A',
    'Keep-Alive: timeout=5',
    'Trailer: X-T',
    'Upgrade: h2c',
    'l5d-x: y',
    'X-Envoy-y: z',
    'X_Y: z',
    'Location: /x',
    'X-Empty:',
    'X.Y: z',
    'Vary: *, a',
  ],
  odd: [
    'Connection: close',
    'Proxy-Connection: close',
    'Proxy-Connection: keep-alive, Close',
    'Connection: upgrade',
    'Content_Length: 3',
    ' folded',
    'no colon',
    'X\0: y',
    'X: \x01',
    'X-A : b',
    ': v',
    '',
    'Connection: Content-Length',
    'Content-Length : 3',
    '\x80: y',
    'Proxy-Connection: close',
    'X: a\rb',
  ],
}

export const lengths: Words = {
  good: ['=', '=', '0='],
  odd: [
    '0',
    '3',
    '+=',
    '-1',
    '=, =',
    '0x=',
    '',
    '= ',
    '= 1',
    '9007199254740993',
    '1e1',
    '=\t',
    '\t=',
    '=\0',
    '1_0',
    '00000000000000000000000000000=',
    '=,',
  ],
}

export const codings: Words = {
  good: ['chunked', 'chunked', 'Chunked', 'chunked '],
  odd: [
    'gzip, chunked',
    'chunked, gzip',
    'identity',
    ',chunked',
    'chunked,',
    '"chunked"',
    '',
    'xchunked',
    'chunked\t',
    'chunked;a',
    'chunked, chunked',
    '\x0bchunked',
    'chunked\x80',
    'chunked \t',
  ],
}

export const statuses: Words = {
  good: [
    '200 OK',
    '200',
    '200 ',
    '204 No Content',
    '304 Not Modified',
    '404 Nothing here',
    '500 \xe9',
    '100 Continue',
    '103 Early Hints',
  ],
  odd: [
    '101 Switching Protocols',
    '000 X',
    '600 X',
    '20',
    '2000 X',
    '200\tOK',
    ' 200 OK',
    '+20 X',
    '200 a\0',
    '200OK',
    '2 0 X',
  ],
}

/** `=` stands for the right size. */
export const sizes: Words = {
  good: ['=', '=', '0=', '000='],
  odd: [
    '0x=',
    '+=',
    '= ',
    ' =',
    '-=',
    '',
    'ffffffffffffffffff',
    '10000000000000000=',
    '=\t',
    '=_',
    'g',
    '=\0',
  ],
}

export const extensions: Words = {
  good: [';a', ';a=b', ';a="b;\\"c"', ';a;b="\xe9"', ';a=""'],
  odd: [
    ';',
    ' ;a',
    '; a',
    ';a =b',
    ';a= b',
    ';a=',
    ';a="',
    ';a="\\',
    ';\x01',
    ';a="\x01"',
    ';a="b"c',
    ';a\rb',
    ';a\n',
    ';=b',
    ';a=b=c',
  ],
}

export const trailers: Words = {
  good: ['X-T: y', 'Digest: z', 'grpc-status: 0', 'X-Other: q', 'X-Checksum-a:\xe9 ', 'Host: x'],
  odd: [
    'Content-Length: 3',
    'Transfer-Encoding: chunked',
    ' folded',
    'bad',
    'X : y',
    'X: \0',
    ': v',
    'content_length: 3',
    'X: a\rb',
  ],
}
