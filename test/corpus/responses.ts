/** What the codec makes of the bytes of an upstream; every refusal is `upstream_bad_response` but `large`. */
export type ResponseOutcome = 'refused' | 'large' | 'waits' | `taken ${number}`

/** A row of the catalogue's part on upstreams, as bytes (latin1). */
export interface ResponseRow {
  readonly id: string
  readonly bytes: string
  readonly outcome: ResponseOutcome
  /** Of the requests that are answered; GET when absent. */
  readonly methods: readonly string[]
}

const ok = 'HTTP/1.1 200 OK\r\n'
const chunked = 'Transfer-Encoding: chunked\r\n'
const whole = `${ok}Content-Length: 2\r\n\r\nok`

function rows(outcome: ResponseOutcome, id: string, ...inputs: string[]): ResponseRow[] {
  return inputs.map((bytes) => ({ id, bytes, outcome, methods: [] }))
}

function heads(id: string, ...fields: string[]): ResponseRow[] {
  return rows('refused', id, ...fields.map((lines) => `${ok}${lines}\r\nhello`))
}

function lines(outcome: ResponseOutcome, id: string, ...starts: string[]): ResponseRow[] {
  return rows(outcome, id, ...starts.map((line) => `${line}\r\nContent-Length: 0\r\n\r\n`))
}

/** 2.12: upstream misbehaviour. */
export const responseRows: readonly ResponseRow[] = [
  ...heads('R01', `Content-Length: 5\r\n${chunked}`, `${chunked}Content-Length: 5\r\n`),
  ...heads('R02', 'Content-Length: 5\r\nContent-Length: 5\r\n', 'Content-Length: 5\r\nContent-Length: 6\r\n'),
  ...heads(
    'R02',
    ...['-5', '+2', '5, 5', '', '5 5', '0x5', '9'.repeat(20)].map((v) => `Content-Length: ${v}\r\n`),
  ),
  ...heads('R02', 'Content-Length : 5\r\n', 'X: y\nContent-Length: 5\r\n', 'X: a\r\n b\r\n', 'X: a\0b\r\n'),
  ...heads('R02', 'X: a\rb\r\n', 'X: a\x01b\r\n', 'no colon\r\n', 'X Y: z\r\n', ': v\r\n', ' X: y\r\n'),
  ...heads('R02', 'Content_Length: 5\r\n', 'Transfer_Encoding: chunked\r\n'),
  ...rows(
    'refused',
    'R02',
    'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello',
    '\nHTTP/1.1 200 OK\r\n',
    `\r\n${whole}`,
  ),
  ...heads(
    'R03',
    ...['blah', 'gzip, chunked', 'chunked, chunked', 'chunked, gzip', 'identity', '', ',chunked'].map(
      (v) => `Transfer-Encoding: ${v}\r\n`,
    ),
  ),
  ...heads('R03', `${chunked}${chunked}`),
  ...rows('refused', 'R03', `HTTP/1.0 200 OK\r\n${chunked}\r\n0\r\n\r\n`),
  ...lines(
    'refused',
    'R04',
    ...['000', '99', '600', '999', '1000', '2xx', '-200', '20', ''].map((c) => `HTTP/1.1 ${c} Word`),
  ),
  ...lines(
    'refused',
    'R04',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 200\tOK',
    'HTTP/1.1',
    ' HTTP/1.1 200 OK',
    'HTTP/1.1 200OK',
  ),
  ...lines('taken 1', 'R04', 'HTTP/1.1 200', 'HTTP/1.1 200 ', 'HTTP/1.1 599 Word', 'HTTP/1.0 200 OK'),
  ...lines(
    'refused',
    'R05',
    ...['HTTP/2.0', 'HTTP/0.9', 'RTSP/1.0', 'ICE/1.0', 'http/1.1', 'HTTP/1.2', 'HTTP/1.10'].map(
      (v) => `${v} 200 OK`,
    ),
  ),
  ...rows(
    'taken 3',
    'R06',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${whole}`,
  ),
  ...rows(
    'taken 1',
    'R06',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\nraw bytes',
  ),
  ...rows('taken 2', 'R07', `${whole}${whole}`),
  ...rows('refused', 'R07', `${whole}EXTRA\r\n\r\n`),
  ...rows('taken 1', 'R08', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello'),
  ...rows('taken 1', 'R08', `HTTP/1.1 204 No Content\r\n${chunked}\r\n0\r\n\r\n`),
  ...rows('taken 2', 'R08', `HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n${whole}`),
  ...rows('taken 2', 'R08', `HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n${whole}`),
  { id: 'R08', bytes: `${ok}Content-Length: 5\r\n\r\n${whole}`, outcome: 'taken 2', methods: ['HEAD'] },
  ...rows(
    'waits',
    'R09',
    `${ok}Content-Length: 5\r\n\r\nhell`,
    `${ok}${chunked}\r\n5\r\nhello\r\n`,
    'HTTP/1.1 20',
  ),
  ...rows('refused', 'R09', `${ok}${chunked}\r\n5\r\nhelloX`, `${ok}${chunked}\r\nxyz\r\n`),
  ...rows('waits', 'R10', `${ok}\r\nanything`),
  ...rows('large', 'R11', `${ok}${'X: y\r\n'.repeat(1500)}\r\n`, `${ok}X: ${'y'.repeat(33_000)}\r\n\r\n`),
  ...rows('large', 'R11', `HTTP/1.1 200 ${'x'.repeat(9000)}\r\n\r\n`),
  ...rows('taken 1', 'R11', `${ok}X: ${'y'.repeat(17_408)}\r\nContent-Length: 0\r\n\r\n`),
  ...rows('refused', 'R12', '\x15\x03\x03\x00\x02\x02\x28', 'garbage\r\n', 'SSH-2.0-x\r\n'),
  ...rows('taken 1', 'R13', `${ok}Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n`),
  ...rows(
    'taken 1',
    'R14',
    `${ok}X-Secret: s\r\nConnection: X-Secret\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n`,
  ),
  ...lines('taken 1', 'R15', 'HTTP/1.1 200 \xc3\x84', 'HTTP/1.1 200 a\tb'),
  ...lines('refused', 'R15', 'HTTP/1.1 200 a\rb', 'HTTP/1.1 200 a\0b', 'HTTP/1.1 200 a\x1bb'),
  ...heads('R15', 'Location: /x\rSet-Cookie: a=b\r\n'),
]
