import type { Static } from 'typebox'
import { Flaw } from '../format/flaw.ts'
import { defaultOf } from '../read/value.ts'
import { listOf, type Mismatch, object, optional, text, textOr, whole, wholeOr, word } from './build.ts'
import { listenerTlsSchema } from './listener-tls.ts'
import { targetSchema } from './target.ts'

const none = { none: 0 } as const

/** Limits of what a client may send and hold; the defaults are the edge settings of hardening table 1.7. */
const limits = object(
  'limits of a listener',
  {
    requestHeadTimeout: text('duration', {
      default: '10s',
      description:
        'Time for a request head to arrive, from its first byte (from the accept for the first request).',
    }),
    requestLine: text('size', { default: '8KiB', description: 'Longest request line.' }),
    head: text('size', {
      default: '16KiB',
      description: 'Largest request head: name, value and 32 bytes for each field.',
    }),
    fields: whole(1, 10_000, { default: 100, description: 'Most header fields of a request.' }),
    trailerFields: whole(1, 1000, { default: 20, description: 'Most trailer fields of a request.' }),
    trailers: text('size', { default: '4KiB', description: 'Largest trailer section of a request.' }),
    chunkExtension: text('size', { default: '256B', description: 'Longest extension of one chunk.' }),
    chunkExtensions: text('size', {
      default: '1KiB',
      description: 'All chunk extensions of one message together.',
    }),
    chunkAverage: textOr('size', none, {
      default: '16B',
      description: 'Smallest average size of chunks, once more than 1,000 came.',
    }),
    bodyIdle: textOr('duration', none, {
      default: '30s',
      description: 'Longest pause between two bytes of a request body.',
    }),
    bodyRate: textOr('size', none, {
      default: '240B',
      description: 'Lowest rate of a request body, once `bodyRateGrace` is over.',
      unit: 'bytes per second',
    }),
    bodyRateGrace: text('duration', { default: '10s', description: 'Time before `bodyRate` counts.' }),
    body: textOr('size', none, {
      default: '1MiB',
      description: 'Largest request body; a route may set its own.',
    }),
    writeStall: textOr('duration', none, {
      default: '30s',
      description: 'How long a client may take no byte of a response that waits for it.',
    }),
    keepAliveIdle: text('duration', {
      default: '75s',
      description: 'Longest pause between two requests of a connection.',
    }),
    requestsPerConnection: wholeOr(1, 1e9, none, {
      default: 'none',
      description: 'Requests after which a connection is closed.',
    }),
    connectionAge: textOr('duration', none, {
      default: '1h',
      description: 'Age at which a connection is closed, between two requests; each differs by up to 10 %.',
    }),
    connections: wholeOr(1, 1e6, none, {
      default: 'none',
      description:
        'Most connections of this listener in one worker. Without it the cap of the process holds, which follows from the limit of open files.',
    }),
    connectionsPerClient: wholeOr(1, 1e6, none, {
      default: 'none',
      description: 'Most connections of one client address in one worker.',
    }),
    newConnectionsPerClientPerSecond: wholeOr(1, 1e6, none, {
      default: 'none',
      description: 'Most new connections of one client address per second in one worker.',
    }),
  },
  {
    default: {},
    description: 'What clients may send and hold. Exceeding one has its own reason in log and metric.',
  },
)

const onOff = ['on', 'off'] as const

/** Keys that say nothing where connections carry no HTTP. */
const httpKeys = {
  h2c: word(onOff, {
    default: 'on',
    description: 'Whether HTTP/2 with prior knowledge is spoken on a plain port, beside HTTP/1.1.',
  }),
  http2: object(
    'HTTP/2 settings',
    {
      streams: whole(1, 10_000, { default: 100, description: 'Most requests at a time on one connection.' }),
      streamWindow: text('window', {
        default: '64KiB',
        description: 'How much of one request body may be on its way.',
      }),
      connectionWindow: text('window', {
        default: '1MiB',
        description: 'How much of all request bodies of a connection may be on its way.',
      }),
    },
    { default: {}, description: 'HTTP/2 of clients.' },
  ),
  trustedProxies: listOf(text('cidr', { description: 'A block of addresses, or one address.' }), {
    default: [],
    description:
      'Peers whose `x-forwarded-*`, `forwarded` and `x-request-id` are believed. Everybody else’s are replaced.',
  }),
  trustedHops: whole(1, 32, {
    default: 1,
    description:
      'How many entries from the right of `x-forwarded-for` trusted peers wrote; 1 means the last one is the client.',
  }),
  errorDetail: word(onOff, {
    default: 'off',
    description:
      'Whether answers of the gateway itself carry their reason and its explanation in body and header.',
  }),
  underscores: word(['drop', 'reject', 'allow'], {
    default: 'drop',
    description:
      'What happens to header names with an underscore. Twins of framing headers are always refused.',
  }),
  encodedSlash: word(['reject', 'keep'], {
    default: 'reject',
    description: 'What happens to `%2F` in a path: refused, or kept as it is for object stores.',
  }),
  forwarded: word(onOff, {
    default: 'off',
    description: 'Whether `forwarded` (RFC 7239) goes upstream, besides `x-forwarded-*`.',
  }),
  via: word(onOff, { default: 'on', description: 'Whether `via` (RFC 9110) goes upstream.' }),
  serverHeader: text('headerValue', {
    default: '',
    description:
      'The `server` header of responses: this text; `""` removes it; `pass` lets the upstream’s through.',
  }),
} as const

const proxyProtocol = object(
  'the PROXY protocol of a listener',
  {
    from: listOf(text('cidr', { description: 'A block of addresses, or one address.' }), {
      description: 'Peers that send it. Connections from elsewhere are closed.',
      examples: [['10.0.0.0/8']],
      minItems: 1,
    }),
    timeout: text('duration', { default: '3s', description: 'Time for the header to arrive.' }),
  },
  {
    description:
      'Every connection starts with a header of the PROXY protocol, version 1 or 2, that says who the client is.',
  },
)

const tcp = object(
  'TCP settings of a listener',
  {
    to: targetSchema,
    idle: textOr('duration', none, {
      default: '1h',
      description: 'Longest time without a byte in either direction.',
    }),
    accessLog: word(onOff, { default: 'on', description: 'Whether each connection is logged when it ends.' }),
  },
  { description: 'Connections are handed on as bytes, whatever they carry; no route applies.' },
)

export const listenerSchema = object(
  'a listener',
  {
    name: text('listenerName', { description: 'Its name in routes, log and metrics.', examples: ['web'] }),
    address: text('listenAddress', {
      description:
        'Where to accept: `0.0.0.0:8080` (IPv4), `[::]:8080` or `:8080` (IPv6 and IPv4), `unix:/run/tidegate.sock`. Port 0 takes a free port.',
      examples: [':8080'],
    }),
    publicPort: optional(
      whole(1, 65535, {
        description:
          'The port that clients know, when a Service or NAT maps it to this one: `x-forwarded-port` and redirects to https name it.',
      }),
    ),
    ...httpKeys,
    tls: optional(listenerTlsSchema),
    proxyProtocol: optional(proxyProtocol),
    tcp: optional(tcp),
    limits,
  },
  { description: 'A port to accept on.', check: (listener) => checkTcp(listener) },
)

/** Keys of HTTP beside `tcp` are a misunderstanding; those that say what is usual are left alone. */
function checkTcp(listener: Readonly<Record<string, unknown>>): Mismatch | undefined {
  if (listener['tcp'] === undefined) return undefined
  const odd = Object.entries(httpKeys).find(
    ([key, schema]) => JSON.stringify(listener[key]) !== JSON.stringify(defaultOf(schema)),
  )
  if (odd === undefined) return checkHsts(listener['tls'])
  const flaw = new Flaw('is of HTTP, and "tcp" hands connections on as bytes', `remove "${odd[0]}", or "tcp"`)
  return { at: odd[0], flaw }
}

function checkHsts(tls: unknown): Mismatch | undefined {
  const hasHsts = typeof tls === 'object' && tls !== null && 'hsts' in tls && tls.hsts !== 'off'
  const flaw = new Flaw('has "hsts", and "tcp" hands connections on as bytes', 'remove "hsts", or "tcp"')
  return hasHsts ? { at: 'tls', flaw } : undefined
}

export type NativeListener = Static<typeof listenerSchema>
