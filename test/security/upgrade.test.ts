import { after, describe } from 'node:test'
import { catalogue } from '../support/catalogue.ts'
import { accepted, type Case, canary, get, oneOf, refused, shown } from '../support/catalogue-case.ts'
import { openStage } from '../support/stage.ts'

// Catalogue 2.6, the rows that do not need a tunnel: U01–U04 and U08; the others are in websocket.test.ts. What a route does
// not list is stripped. RFC 9110 §7.8.

const stripped = {
  method: 'GET',
  target: '/t',
  fields: { upgrade: undefined, 'http2-settings': undefined, connection: undefined },
}
const smug = { method: 'GET', target: '/smug' }
const important = { important: 'yes' } as const
const settings = 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'

const cases: Case[] = [
  {
    id: 'U01',
    what: 'h2c with its settings, all three fields nominated',
    send: get('/t', `Upgrade: h2c\r\n${settings}Connection: Upgrade, HTTP2-Settings\r\n`),
    expect: accepted(stripped),
    ...important,
  },
  {
    id: 'U02',
    what: 'h2c with Connection: Upgrade only',
    send: get('/t', `Upgrade: h2c\r\n${settings}Connection: Upgrade\r\n`),
    expect: accepted(stripped),
  },
  {
    id: 'U02',
    what: 'H2C in capitals, upgrade in small letters',
    send: get('/t', `upgrade: H2C\r\n${settings}Connection: upgrade\r\n`),
    expect: accepted(stripped),
  },
  {
    id: 'U02',
    what: 'h2c that is not nominated',
    send: get('/t', `Upgrade: h2c\r\n${settings}`),
    expect: accepted(stripped),
  },
  ...['websocket, h2c', 'h2c,', 'websocket\r\nUpgrade: h2c', 'h2c\r\nUpgrade: h2c'].map(
    (value): Case => ({
      id: 'U02',
      what: `Upgrade: ${shown(value)}`,
      send: get('/t', `Upgrade: ${value}\r\n${settings}Connection: Upgrade\r\n`) + canary,
      expect: refused(),
    }),
  ),
  {
    id: 'U03',
    what: 'an unknown protocol with a canary behind',
    send: get('/t', 'Upgrade: foo\r\nConnection: upgrade\r\n') + canary,
    expect: oneOf(accepted(stripped, smug), refused()),
    ...important,
  },
  {
    id: 'U04',
    what: 'an upgrade with a body and a canary behind',
    send: get('/t', 'Upgrade: foo\r\nConnection: upgrade\r\nContent-Length: 1\r\n') + `x${canary}`,
    expect: refused(),
    ...important,
  },
  {
    id: 'U04',
    what: 'an upgrade with a chunked body and a canary behind',
    send:
      get('/t', 'Upgrade: foo\r\nConnection: upgrade\r\nTransfer-Encoding: chunked\r\n') +
      `1\r\nx\r\n0\r\n\r\n${canary}`,
    expect: refused(),
  },
  {
    id: 'U08',
    what: 'the origin switches protocols unasked',
    send: get('/t'),
    script: {
      onRequest: () =>
        'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\nraw bytes',
    },
    expect: { ...accepted({ method: 'GET', target: '/t' }), statuses: [502] },
  },
  {
    id: 'U08',
    what: 'the origin switches protocols although the upgrade was stripped',
    send: get('/t', 'Upgrade: foo\r\nConnection: upgrade\r\n') + canary,
    script: {
      onRequest: () => 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n',
    },
    expect: { ...accepted(stripped, smug), statuses: [502, 502] },
  },
]

const stage = await openStage()

describe('upgrades', () => {
  after(() => stage[Symbol.asyncDispose]())
  catalogue(() => stage, cases)
})
