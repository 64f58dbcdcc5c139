import type { Static } from 'typebox'
import type { SocketAddress } from '../../model/listener.ts'
import { Flaw } from '../format/flaw.ts'
import { either, listOf, object, oneKey, optional, text, textOr, whole, wholeOr, word } from './build.ts'
import { healthSchema, outlierSchema } from './health.ts'
import { upstreamTlsSchema } from './upstream-tls.ts'

const address = text('endpointAddress', {
  description: 'An IP address and a port, or `unix:` and a path.',
  examples: ['10.0.0.5:8080'],
})

const endpoint = object(
  'an endpoint',
  {
    address,
    weight: whole(1, 1000, { default: 1, description: 'Its share, relative to the others.' }),
    priority: whole(0, 15, {
      default: 0,
      description: '0 is used first; the next one as far as those before it are not healthy.',
    }),
  },
  { description: 'An endpoint with its share and priority.' },
)

const dns = either(
  [
    text('dnsAddress', { description: 'A name and a port.' }),
    object(
      'DNS discovery',
      {
        host: text('dnsName', { description: 'The name to resolve.' }),
        port: whole(1, 65535, { description: 'The port of every endpoint.' }),
        interval: text('duration', {
          default: '30s',
          description: 'Time between two look-ups when the answer has no TTL.',
        }),
        minimum: text('duration', {
          default: '1s',
          description: 'Shortest time between two look-ups, whatever the TTL.',
        }),
      },
      { description: 'A name with its look-up times.' },
    ),
  ],
  {
    description:
      'Endpoints from DNS: every address of the name. The hosts file comes first, and the last good answer is kept.',
    examples: ['web.internal:8080'],
  },
)

const hashKey = either(
  [
    word(['client-address'], { description: 'The address of the client.' }),
    oneKey(
      'a hash key',
      {
        header: text('hashedHeader', { description: 'The value of a request header.' }),
        cookie: text('cookieName', { description: 'The value of a cookie.' }),
      },
      { description: 'A part of the request.' },
    ),
  ],
  { description: 'What is hashed.' },
)

const balance = either(
  [
    word(['round-robin', 'least-request', 'ewma', 'ring-hash'], {
      description: 'A balancer with its defaults; `ring-hash` hashes the client address.',
    }),
    oneKey(
      'a balancer',
      {
        ewma: object(
          'an ewma balancer',
          {
            decay: text('duration', { default: '10s', description: 'How long a slow answer is remembered.' }),
          },
          { description: 'The better of two by latency and requests in flight.' },
        ),
        'ring-hash': hashKey,
      },
      { description: 'A balancer with settings.' },
    ),
  ],
  {
    default: 'least-request',
    description:
      'Which endpoint takes a request: `round-robin`; `least-request`, the less busy of two; `ewma`, the faster of two by latency; `ring-hash`, the same one for the same key.',
    examples: ['ewma', { 'ring-hash': { header: 'x-user' } }],
  },
)

const sticky = object(
  'a sticky cookie',
  {
    cookie: text('cookieName', { description: 'Its name.', examples: ['shop-session'] }),
    path: text('plainPath', { default: '/', description: 'Its path.' }),
    maxAge: textOr(
      'duration',
      { session: 0 },
      { default: 'session', description: 'How long browsers keep it.' },
    ),
    secure: word(['on', 'off'], { default: 'off', description: 'Whether browsers send it over TLS only.' }),
    sameSite: word(['Strict', 'Lax', 'None'], { default: 'Lax', description: 'Its `SameSite` attribute.' }),
  },
  {
    description: 'A cookie that keeps a client on its endpoint while that is usable.',
    check: ({ sameSite, secure, maxAge }) => {
      if (sameSite === 'None' && secure === 'off') {
        return {
          at: 'sameSite',
          flaw: new Flaw('is refused by browsers without "secure"', 'add "secure: on"'),
        }
      }
      return maxAge > 0 && maxAge < 1000
        ? { at: 'maxAge', flaw: new Flaw('is shorter than a second', 'write "1s" or more') }
        : undefined
    },
  },
)

const pool = object(
  'pool settings',
  {
    idle: text('duration', {
      default: '4s',
      description:
        'An unused connection is closed after this; shorter when the upstream turns out to close earlier.',
    }),
    age: textOr(
      'duration',
      { none: 0 },
      { default: '10m', description: 'Age at which a connection is not used again.' },
    ),
    idleConnections: whole(0, 65536, {
      default: 256,
      description: 'Unused connections kept for each endpoint in one worker.',
    }),
  },
  { default: {}, description: 'Connections that are kept for reuse.' },
)

const limits = object(
  'limits of a cluster',
  {
    connections: wholeOr(
      1,
      1e6,
      { none: 0 },
      { default: 'none', description: 'Most connections in one worker.' },
    ),
    pending: wholeOr(
      1,
      1e6,
      { none: 0 },
      { default: 1024, description: 'Most requests that wait for a connection in one worker.' },
    ),
    requests: wholeOr(
      1,
      1e6,
      { none: 0 },
      { default: 'none', description: 'Most requests in flight in one worker.' },
    ),
    streams: whole(1, 1e6, {
      default: 100,
      description:
        'Most requests at a time on one HTTP/2 connection; the limit of the endpoint holds beside it.',
    }),
  },
  { default: {}, description: 'Beyond these the gateway answers 503 at once (circuit breaking).' },
)

export const clusterSchema = object(
  'a cluster',
  {
    endpoints: listOf(
      either([address, endpoint], { description: 'An address, or one with its share and priority.' }),
      {
        default: [],
        description: 'Endpoints at fixed addresses.',
        examples: [['10.0.0.5:8080', '10.0.0.6:8080']],
      },
    ),
    dns: optional(dns),
    protocol: word(['http/1.1', 'h2'], {
      default: 'http/1.1',
      description:
        'What its endpoints speak. `h2` is negotiated by ALPN over TLS, and taken for granted without.',
    }),
    tls: optional(upstreamTlsSchema),
    proxyProtocol: word(['off', 'v1', 'v2'], {
      default: 'off',
      description:
        'A header of the PROXY protocol at the start of each connection; connections are then not shared between clients.',
    }),
    balance,
    sticky: optional(sticky),
    connectTimeout: text('duration', { default: '5s', description: 'Time for a connection to be made.' }),
    pool,
    limits,
    health: optional(healthSchema),
    outlier: outlierSchema,
    slowStart: textOr(
      'duration',
      { none: 0 },
      { default: 'none', description: 'A new or recovered endpoint gets a growing share over this time.' },
    ),
    panicThreshold: whole(0, 100, {
      default: 50,
      description: 'When fewer endpoints (of a priority) than this are usable, all of them are used.',
      unit: 'percent',
    }),
    host: textOr(
      'upstreamHost',
      { pass: 'pass', endpoint: 'endpoint' },
      {
        default: 'pass',
        description:
          'Host header that goes upstream: the client’s (`pass`), the endpoint’s own (`endpoint`), or this one.',
      },
    ),
  },
  {
    description: 'A set of endpoints that are reached the same way.',
    check: ({ protocol, proxyProtocol, health, tls, dns, endpoints }) => {
      if (protocol === 'h2' && proxyProtocol !== 'off') {
        return {
          at: 'proxyProtocol',
          flaw: new Flaw(
            'tells one client, and connections of "protocol: h2" carry many',
            'write "protocol: http/1.1", or leave "proxyProtocol" out',
          ),
        }
      }
      if (isUnnamed(tls, dns) && endpoints.some(isUnix)) {
        return {
          at: 'tls',
          flaw: new Flaw(
            'has no name to look for in the certificate of a unix socket',
            'add "serverName" or "names"',
          ),
        }
      }
      return health?.kind === 'grpc' && protocol !== 'h2'
        ? {
            at: 'health',
            flaw: new Flaw('asks by gRPC, which needs HTTP/2', 'add "protocol: h2" to the cluster'),
          }
        : undefined
    },
  },
)

/** Whether nothing but the address of an endpoint says what its certificate has to be for. */
function isUnnamed(tls: NativeTls, dns: unknown): boolean {
  if (tls === undefined || tls === 'off' || dns !== undefined) return false
  return tls === 'on' || (tls.verify === 'on' && tls.serverName === '' && tls.names.length === 0)
}

function isUnix(endpoint: SocketAddress | { readonly address: SocketAddress }): boolean {
  return ('address' in endpoint ? endpoint.address : endpoint).kind === 'unix'
}

type NativeTls = Static<typeof upstreamTlsSchema> | undefined

export type NativeCluster = Static<typeof clusterSchema>
