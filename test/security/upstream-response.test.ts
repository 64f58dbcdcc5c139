import { after, describe } from 'node:test'
import { catalogue } from '../support/catalogue.ts'
import { type Accepted, accepted, type Case, get, type Seen, shown } from '../support/catalogue-case.ts'
import { bodyText, values } from '../support/message-reader.ts'
import { type Answer, fin, type OriginRequest, reset, resumeReading, stopReading } from '../support/origin.ts'
import { openStage } from '../support/stage.ts'

// Catalogue 2.12: what a broken or hostile upstream sends. RFC 9112 §6.1, §6.3. The connection to the origin that such an
// answer came on must never be used again: its later bytes could be taken for the answer to somebody else's request.

const plain = { method: 'GET', target: '/t' }
const important = { important: 'yes' } as const
const ok = 'HTTP/1.1 200 OK\r\n'

/** The client gets 502 on a connection that goes on; the origin may have been asked again on a fresh one. */
function badGateway(seen = notReused): Accepted {
  return { ...accepted(plain), statuses: [502], repeated: 'yes', check: seen }
}

/** The origin ended the answer early, so the client must see that its own is incomplete. */
const truncated: Accepted = {
  kind: 'accepted',
  requests: [plain],
  statuses: [],
  after: 'close',
  check: incomplete,
}

function fromOrigin(
  id: string,
  what: string,
  answer: Answer | ((request: OriginRequest) => Answer),
  expect: Accepted = badGateway(),
): Case {
  const onRequest = typeof answer === 'function' ? answer : () => answer
  return { id, what, send: get('/t'), script: { onRequest }, expect }
}

function heads(id: string, list: readonly string[]): Case[] {
  return list.map((head) => fromOrigin(id, `the head ${shown(head)}`, `${head}\r\nhello`))
}

/** Every connection that carried a request of the case is gone. */
function notReused({ requests }: Seen): string | undefined {
  const left = requests.find((request) => request.stillOpen())
  return left === undefined ? undefined : `connection ${left.connection} to the origin is still open`
}

function incomplete({ responses }: Seen): string | undefined {
  return responses.length === 0 ? undefined : 'the client takes the answer for complete'
}

const framing: Case[] = [
  ...heads('R01', [
    `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
    `${ok}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`,
  ]).map((row) => ({ ...row, ...important })),
  ...heads('R02', [
    `${ok}Content-Length: 5\r\nContent-Length: 5\r\n`,
    `${ok}Content-Length: 5\r\nContent-Length: 6\r\n`,
    `${ok}Content-Length: -5\r\n`,
    `${ok}Content-Length: +2\r\n`,
    `${ok}Content-Length: 5, 5\r\n`,
    `${ok}Content-Length: \r\n`,
    `${ok}Content-Length : 5\r\n`,
    'HTTP/1.1 200 OK\nContent-Length: 5\n',
    `${ok}X: y\nContent-Length: 5\r\n`,
    `${ok}X: a\r\n b\r\nContent-Length: 5\r\n`,
    `${ok}X: a\0b\r\nContent-Length: 5\r\n`,
    `${ok}X: a\rb\r\nContent-Length: 5\r\n`,
    `${ok}X: a\x01b\r\nContent-Length: 5\r\n`,
    `${ok}no colon\r\nContent-Length: 5\r\n`,
    `${ok}X Y: z\r\nContent-Length: 5\r\n`,
  ]),
  ...heads('R03', [
    `${ok}Transfer-Encoding: blah\r\n`,
    `${ok}Transfer-Encoding: gzip, chunked\r\n`,
    `${ok}Transfer-Encoding: chunked, chunked\r\n`,
  ]),
  fromOrigin(
    'R03',
    'chunked in HTTP/1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ),
]

const statusLines: Case[] = [
  ...heads(
    'R04',
    ['000', '99', '999', '600', '1000', '2xx', '-200', '20', ''].map(
      (code) => `HTTP/1.1 ${code} Word\r\nContent-Length: 5\r\n`,
    ),
  ),
  ...['HTTP/1.1 200\r\n', 'HTTP/1.1 200 \r\n'].map((line) =>
    fromOrigin(
      'R04',
      `no reason phrase: ${shown(line)}`,
      `${line}Content-Length: 5\r\n\r\nhello`,
      accepted(plain),
    ),
  ),
  ...heads(
    'R05',
    ['HTTP/2.0', 'HTTP/0.9', 'RTSP/1.0', 'ICE/1.0', 'http/1.1', 'HTTP/1.2'].map(
      (version) => `${version} 200 OK\r\nContent-Length: 5\r\n`,
    ),
  ),
]

const interim: Case[] = [
  fromOrigin('R06', '101 that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  ...[11, 5000].map((count) =>
    fromOrigin(
      'R06',
      `${count} times 102, then 200`,
      `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(count)}${ok}Content-Length: 5\r\n\r\nhello`,
    ),
  ),
  fromOrigin(
    'R06',
    'ten times 102, then 200',
    `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(10)}${ok}Content-Length: 5\r\n\r\nhello`,
    accepted(plain),
  ),
  fromOrigin(
    'R06',
    '100 and 103, then 200',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${ok}Content-Length: 5\r\n\r\nhello`,
    {
      ...accepted(plain),
      check: ({ interim }) =>
        interim.some((m) => m.startLine.includes(' 100'))
          ? 'the client got a 100 that it did not expect'
          : undefined,
    },
  ),
]

const poison = `${ok}Content-Length: 8\r\n\r\npoisoned`

const queue: Case[] = [
  fromOrigin('R07', 'bytes behind a complete answer', `${ok}Content-Length: 5\r\n\r\nhelloEXTRA`, {
    ...accepted(plain),
    check: notReused,
  }),
  {
    ...fromOrigin('R07', 'a second answer behind the first', `${ok}Content-Length: 5\r\n\r\nhello${poison}`),
    expect: { ...accepted(plain), check: (seen) => notReused(seen) ?? neverPoisoned(seen) },
    ...important,
  },
  {
    ...fromOrigin('R07', 'a second answer, sent a little later', [
      `${ok}Content-Length: 5\r\n\r\nhello`,
      Promise.resolve(),
      poison,
    ]),
    expect: { ...accepted(plain), check: neverPoisoned },
  },
  ...(['204 No Content', '304 Not Modified'] as const).map((status) =>
    fromOrigin(
      'R08',
      `${status.slice(0, 3)} with a body`,
      `HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\nhello`,
      {
        ...accepted(plain),
        statuses: [Number(status.slice(0, 3))],
        check: notReused,
      },
    ),
  ),
  {
    ...fromOrigin('R08', 'an answer to HEAD with a body', `${ok}Content-Length: 5\r\n\r\nhello`),
    send: 'HEAD /t HTTP/1.1\r\nHost: a.test\r\n\r\n',
    methods: ['HEAD'],
    expect: { ...accepted({ method: 'HEAD', target: '/t' }), check: notReused },
  },
]

const ends: Case[] = [
  fromOrigin(
    'R09',
    'a body shorter than its content-length',
    [`${ok}Content-Length: 50\r\n\r\nhello`, fin],
    truncated,
  ),
  fromOrigin(
    'R09',
    'a chunked body without its last chunk',
    [`${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, fin],
    truncated,
  ),
  fromOrigin(
    'R09',
    'a chunked body that breaks the grammar',
    `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n`,
    truncated,
  ),
  fromOrigin(
    'R09',
    'a reset in mid body',
    [`${ok}Content-Length: 50\r\n\r\nhello`, pause(), reset],
    truncated,
  ),
  fromOrigin(
    'R09',
    'a reset in a chunk',
    [`${ok}Transfer-Encoding: chunked\r\n\r\n50\r\nhello`, pause(), reset],
    truncated,
  ),
  fromOrigin(
    'R10',
    'a body that ends with the connection, by a reset',
    [`${ok}Connection: close\r\n\r\nhello`, pause(), reset],
    truncated,
  ),
  fromOrigin(
    'R10',
    'a body that ends with the connection, properly',
    [`${ok}Connection: close\r\n\r\nhello`, fin],
    {
      ...accepted(plain),
      check: ({ responses: [response] }) =>
        response !== undefined && bodyText(response) === 'hello' ? undefined : 'not the whole body',
    },
  ),
]

/** Long enough that what was written before has left. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

const sizes: Case[] = [
  fromOrigin('R11', '1,500 fields', `${ok}${'x: y\r\n'.repeat(1500)}Content-Length: 5\r\n\r\nhello`),
  fromOrigin('R11', '201 fields', `${ok}${'x: y\r\n'.repeat(200)}Content-Length: 5\r\n\r\nhello`),
  fromOrigin(
    'R11',
    '199 fields are carried',
    `${ok}${'x: y\r\n'.repeat(198)}Content-Length: 5\r\n\r\nhello`,
    accepted(plain),
  ),
  fromOrigin(
    'R11',
    'a field of 17 KiB within the limit of the head',
    `${ok}X: ${'y'.repeat(17_408)}\r\nContent-Length: 5\r\n\r\nhello`,
    accepted(plain),
  ),
  fromOrigin(
    'R11',
    'a head of 33 KiB',
    `${ok}${`X: ${'y'.repeat(1000)}\r\n`.repeat(34)}Content-Length: 5\r\n\r\nhello`,
  ),
  fromOrigin('R11', 'a head that does not end', [`${ok}${`X: ${'y'.repeat(1000)}\r\n`.repeat(60)}`]),
]

const noAnswer: Case[] = [
  ...[
    '\x9c\xfe\x00garbage\r\n\r\n',
    '\x15\x03\x03\x00\x02\x02\x28',
    'SSH-2.0-x\r\n',
    '\r\n\r\n\r\n\r\n\r\n\r\n',
  ].map((text) => fromOrigin('R12', `the bytes ${shown(text)}`, [text, pause(), fin])),
  fromOrigin('R12', 'nothing, then FIN', [fin]),
  fromOrigin('R12', 'nothing, then a reset', [reset]),
  fromOrigin('R12', 'half a status line, then FIN', ['HTTP/1.1 2', fin], {
    ...badGateway(),
    after: 'either',
  }),
]

const fields: Case[] = [
  fromOrigin(
    'R13',
    'two Set-Cookie fields',
    `${ok}Set-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2\r\nContent-Length: 5\r\n\r\nhello`,
    {
      ...accepted(plain),
      check: ({ responses: [response] }) => {
        const cookies = values(response?.fields ?? [], 'set-cookie')
        return cookies.join(' | ') === 'a=1 | b=2' ? undefined : `set-cookie: ${cookies.join(' | ')}`
      },
    },
  ),
  fromOrigin(
    'R14',
    'nominated and hop-by-hop fields',
    `${ok}Connection: X-Secret\r\nX-Secret: 1\r\nTrailer: Expires\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello`,
    {
      ...accepted(plain),
      check: withoutFields('x-secret', 'trailer', 'keep-alive', 'proxy-connection', 'upgrade'),
    },
  ),
  ...['O\rK', 'O\nK', 'O\0K'].map((reason) =>
    fromOrigin(
      'R15',
      `the reason phrase ${shown(reason)}`,
      `HTTP/1.1 200 ${reason}\r\nContent-Length: 5\r\n\r\nhello`,
      badGateway(),
    ),
  ),
  fromOrigin(
    'R15',
    'a reason phrase with a byte above 7F',
    `HTTP/1.1 200 caf\xe9\r\nContent-Length: 5\r\n\r\nhello`,
    {
      ...accepted(plain),
      check: ({ responses: [response] }) =>
        /^HTTP\/1\.1 200 [ -~]*$/.test(response?.startLine ?? '')
          ? undefined
          : `status line ${response?.startLine}`,
    },
  ),
  fromOrigin(
    'R15',
    'a Location with a line end',
    `HTTP/1.1 302 Found\r\nLocation: /x\ry\r\nContent-Length: 5\r\n\r\nhello`,
  ),
]

function withoutFields(...names: string[]) {
  return ({ responses: [response] }: Seen) => {
    const left = names.filter((name) => values(response?.fields ?? [], name).length > 0)
    return left.length === 0 ? undefined : `the client got ${left.join(', ')}`
  }
}

function neverPoisoned({ responses }: Seen): string | undefined {
  return responses.some((response) => bodyText(response).includes('poisoned'))
    ? 'the client got the second answer'
    : undefined
}

const bomb = Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), Buffer.alloc(4000, 0xff)])

const uploads: Case[] = [
  {
    id: 'R16',
    what: 'an answer that is complete before the request is',
    send: `POST /t HTTP/1.1\r\nHost: a.test\r\nContent-Length: 500000\r\n\r\n${'x'.repeat(1000)}`,
    script: { onHead: () => [`${ok}Content-Length: 5\r\n\r\nearly`] },
    expect: { kind: 'accepted', requests: 'any', statuses: [200], after: 'close', check: notReused },
    once: 'yes',
  },
  {
    id: 'R16',
    what: 'a refusal while the body is withheld, by an origin that stops reading',
    send: `POST /t HTTP/1.1\r\nHost: a.test\r\nContent-Length: 500000\r\n\r\n${'x'.repeat(300_000)}`,
    script: {
      onHead: () => [
        stopReading,
        'HTTP/1.1 403 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno',
        fin,
        resumeReading,
      ],
    },
    expect: { kind: 'accepted', requests: 'any', statuses: [403], after: 'close' },
    once: 'yes',
  },
  fromOrigin(
    'R17',
    'a compressed body is carried as it is',
    [`${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`, bomb],
    {
      ...accepted(plain),
      check: ({ responses: [response] }) =>
        Buffer.concat(response?.pieces ?? []).equals(bomb) ? undefined : 'the bytes were changed',
    },
  ),
  {
    ...fromOrigin('R12', 'nothing, then FIN, to a POST', [fin]),
    send: 'POST /t HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\nx',
    // Never sent twice: the origin may have acted on it.
    expect: { ...accepted({ method: 'POST', target: '/t', body: 'x' }), statuses: [502], check: notReused },
  },
]

const stage = await openStage()

describe('responses of a broken upstream', () => {
  after(() => stage[Symbol.asyncDispose]())
  catalogue(
    () => stage,
    [...framing, ...statusLines, ...interim, ...queue, ...ends, ...sizes, ...noAnswer, ...fields, ...uploads],
  )
})
