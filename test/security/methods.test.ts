import { after, describe } from 'node:test'
import { catalogue } from '../support/catalogue.ts'
import {
  accepted,
  answered,
  type Case,
  canary,
  get,
  oneOf,
  post,
  refused,
  type Seen,
  shown,
} from '../support/catalogue-case.ts'
import { answer } from '../support/origin.ts'
import { openStage } from '../support/stage.ts'

// Catalogue 2.5: methods, Expect, versions, keep-alive.

const important = { important: 'yes' } as const
const plain = { method: 'GET', target: '/t' }

function requests(id: string, list: readonly string[], ...statuses: number[]): Case[] {
  return list.map((line) => ({
    id,
    what: `the request line ${shown(line)}`,
    send: `${line} HTTP/1.1\r\nHost: a.test\r\n\r\n${canary}`,
    expect: refused(...statuses),
  }))
}

function noContinue({ interim }: Seen): string | undefined {
  return interim.length === 0 ? undefined : `the client was sent ${interim[0]?.startLine}`
}

const methods: Case[] = [
  ...requests('V01', ['TRACE /t', 'TRACK /t'], 405, 501),
  {
    id: 'V01',
    what: 'TRACE with a body',
    send: `TRACE /t HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${canary.length}\r\n\r\n${canary}`,
    expect: refused(405, 400),
  },
  ...requests('V02', ['CONNECT b.test:443', 'CONNECT /', 'CONNECT a', 'CONNECT http://b.test/'], 405, 400),
  ...requests('V03', ['FOO /t', 'get /t', 'Get /t', `${'A'.repeat(500)} /t`], 405, 501, 400),
  ...requests('V03', ['G=T /t', 'G"T /t', 'G:T /t', 'G<T /t', 'G(T /t', 'G\xffT /t', 'G\0T /t'], 400),
  ...['SOURCE', 'QUERY', 'BIND', 'PURGE', 'LINK', 'M-SEARCH', 'PROPFIND'].map(
    (method): Case => ({
      id: 'V04',
      what: `${method} is carried whole or refused`,
      send: `${method} /t HTTP/1.1\r\nHost: a.test\r\n\r\n`,
      expect: oneOf(accepted({ method, target: '/t' }), refused(405, 501)),
    }),
  ),
  {
    id: 'V05',
    what: 'X-HTTP-Method-Override changes no decision',
    send: post('X-HTTP-Method-Override: DELETE\r\nX-HTTP-Method: DELETE\r\nX-Method-Override: GET\r\n'),
    expect: accepted({ method: 'POST', target: '/t' }),
  },
  {
    id: 'V05',
    what: 'X-HTTP-Method-Override opens no route of another method',
    send: 'POST /only-get HTTP/1.1\r\nHost: c.test\r\nX-HTTP-Method-Override: GET\r\n\r\n',
    expect: answered(404),
  },
]

const expectations: Case[] = [
  {
    id: 'V06',
    what: '100-continue is passed on when the origin says so',
    send: post('Expect: 100-continue\r\nContent-Length: 5\r\n', 'hello'),
    expect: accepted({ method: 'POST', target: '/t', body: 'hello' }),
  },
  ...['y 100-continue', '100-continue, x', '100-continue\r\nExpect: 100-continue'].map(
    (value): Case => ({
      id: 'V07',
      what: `Expect: ${shown(value)}`,
      send: post(`Expect: ${value}\r\nContent-Length: 5\r\n`, 'hello'),
      expect: oneOf(
        accepted({ method: 'POST', target: '/t', body: 'hello', fields: { expect: undefined } }),
        refused(417, 400),
      ),
    }),
  ),
  {
    id: 'V07',
    what: 'a folded Expect',
    send: post('Expect:\r\n 100-continue\r\nContent-Length: 5\r\n', 'hello'),
    expect: refused(400, 417),
  },
  {
    id: 'V07',
    what: 'Expect on a GET without a body',
    send: get('/t', 'Expect: 100-continue\r\n'),
    expect: oneOf(accepted({ ...plain, fields: { expect: undefined } }), refused(417)),
  },
  {
    id: 'V08',
    what: 'Expect: 200-ok',
    send: post('Expect: 200-ok\r\nContent-Length: 5\r\n', 'hello'),
    expect: refused(417),
  },
  {
    id: 'V09',
    what: 'Expect in HTTP/1.0 is ignored',
    send: 'POST /t HTTP/1.0\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
    expect: {
      ...accepted({ method: 'POST', target: '/t', body: 'hello' }),
      after: 'close',
      check: noContinue,
    },
  },
]

const pipelined = Array.from({ length: 1000 }, (_, i) => ({ method: 'GET', target: `/n${i}` }))

const connections: Case[] = [
  ...['', 'Connection: keep-alive\r\n'].map(
    (line): Case => ({
      id: 'V10',
      what: `HTTP/1.0 with ${shown(line)} and a canary behind`,
      send: get('/t', line, 'HTTP/1.0') + canary,
      expect: { ...accepted(plain), after: 'close' },
      ...important,
    }),
  ),
  {
    id: 'V11',
    what: 'Connection: close with a canary behind',
    send: get('/t', 'Connection: close\r\n') + canary,
    expect: { ...accepted(plain), after: 'close' },
    ...important,
  },
  ...['Close', 'keep-alive, close', 'x, CLOSE ,y'].map(
    (value): Case => ({
      id: 'V11',
      what: `Connection: ${value} with a canary behind`,
      send: get('/t', `Connection: ${value}\r\n`) + canary,
      expect: { ...accepted(plain), after: 'close' },
    }),
  ),
  {
    id: 'V12',
    what: 'a thousand pipelined GETs in one packet are answered in order',
    send: pipelined.map(({ target }) => get(target)).join(''),
    script: { onRequest: (request) => answer(200, request.target) },
    expect: { ...accepted(...pipelined), check: inOrder },
  },
  {
    id: 'V13',
    what: 'Max-Forwards: 0 on OPTIONS is answered by the gateway',
    send: 'OPTIONS /t HTTP/1.1\r\nHost: a.test\r\nMax-Forwards: 0\r\n\r\n',
    expect: { ...answered([200, 204]), after: 'open' },
  },
  {
    id: 'V13',
    what: 'Max-Forwards: 0 on TRACE is not carried',
    send: 'TRACE /t HTTP/1.1\r\nHost: a.test\r\nMax-Forwards: 0\r\n\r\n',
    expect: refused(405, 400),
  },
]

function inOrder({ responses }: Seen): string | undefined {
  const wrong = responses
    .slice(0, 1000)
    .findIndex((response, i) => Buffer.concat(response.pieces).toString() !== `/n${i}`)
  return wrong < 0 ? undefined : `answer ${wrong} is that of ${responses[wrong]?.pieces.join('')}`
}

const stage = await openStage()

describe('methods, Expect, versions and keep-alive', () => {
  after(() => stage[Symbol.asyncDispose]())
  catalogue(() => stage, [...methods, ...expectations, ...connections])
})
