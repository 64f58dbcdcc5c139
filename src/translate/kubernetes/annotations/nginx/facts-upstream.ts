import { later, type NginxFact, noOp, obeyed, refused } from './fact.ts'

const bool = 'true, false'
const onOff = 'on, off'

/** How Services are reached. */
export const upstreamFacts: readonly NginxFact[] = [
  obeyed(
    'backend-protocol',
    'HTTP, HTTPS, GRPC, GRPCS; AUTO_HTTP and FCGI are told',
    'What the Service speaks; whether certificates are verified, `proxy-ssl-verify` says.',
    'tidegate.dev/backend-protocol: https',
  ),
  obeyed(
    'proxy-ssl-secret',
    'name of a Secret',
    'Certificate for upstreams, and authorities that are trusted when they are verified.',
    'tidegate.dev/tls.certificate-secret: NAME, tidegate.dev/tls.ca-secret: NAME',
  ),
  obeyed(
    'proxy-ssl-verify',
    onOff,
    'Whether certificates of upstreams are verified.',
    'tidegate.dev/tls.verify: on',
  ),
  later('proxy-ssl-verify-depth', 'whole number', 'a limit on the length of chains of upstreams comes later'),
  obeyed(
    'proxy-ssl-name',
    'host',
    'Name that is sent to upstreams and looked for in their certificates.',
    'tidegate.dev/tls.server-name: api.internal',
  ),
  noOp('proxy-ssl-server-name', onOff, 'A server name is always sent.'),
  obeyed(
    'proxy-ssl-ciphers',
    'names of OpenSSL, with colons',
    'Cipher suites towards upstreams.',
    'tidegate.dev/tls.ciphers: "[ECDHE-RSA-AES128-GCM-SHA256]"',
  ),
  obeyed(
    'proxy-ssl-protocols',
    'TLSv1.2, TLSv1.3',
    'Versions of TLS towards upstreams.',
    'tidegate.dev/tls.min-version: TLSv1.2, tidegate.dev/tls.max-version: TLSv1.3',
  ),
  obeyed(
    'service-upstream',
    bool,
    'Requests go to the address of the Service.',
    'tidegate.dev/service-upstream: on',
  ),
  refused('fastcgi-index', 'text', 'FastCGI is not spoken'),
  refused('fastcgi-params-configmap', 'name of a ConfigMap', 'FastCGI is not spoken'),
  refused('connection-proxy-header', 'text', '"connection" belongs to the gateway, which writes it itself'),
  refused(
    'secure-backends',
    bool,
    'ingress-nginx took it away long ago',
    'tidegate.dev/backend-protocol: https',
  ),
  refused('grpc-backend', bool, 'ingress-nginx took it away long ago', 'tidegate.dev/backend-protocol: grpc'),
  refused('add-base-url', bool, 'ingress-nginx took it away long ago'),
]

/** Sessions, balancing, canaries, mirrors. */
export const balanceFacts: readonly NginxFact[] = [
  obeyed(
    'affinity',
    'cookie',
    'A cookie keeps a client on its endpoint.',
    'tidegate.dev/sticky.cookie: INGRESSCOOKIE',
  ),
  noOp(
    'affinity-mode',
    'balanced, persistent',
    'A client stays on its endpoint while that is usable, and new endpoints take nobody away.',
  ),
  later('affinity-canary-behavior', 'sticky, legacy', 'affinity to a canary comes later'),
  obeyed(
    'session-cookie-name',
    'name of a cookie',
    'Name of the cookie; `INGRESSCOOKIE` without it.',
    'tidegate.dev/sticky.cookie: shop',
  ),
  obeyed('session-cookie-path', 'path', 'Path of the cookie.', 'tidegate.dev/sticky.path: /'),
  later('session-cookie-domain', 'host', 'a domain for the cookie comes later'),
  obeyed(
    'session-cookie-samesite',
    'None, Lax, Strict',
    '`SameSite` of the cookie; `None` makes it `Secure` too.',
    'tidegate.dev/sticky.same-site: Lax',
  ),
  obeyed(
    'session-cookie-secure',
    bool,
    'Whether browsers send the cookie over TLS only.',
    'tidegate.dev/sticky.secure: on',
  ),
  noOp('session-cookie-conditional-samesite-none', bool, 'Browsers that misread `SameSite=None` are gone.'),
  obeyed(
    'session-cookie-expires',
    'whole seconds',
    'How long browsers keep the cookie.',
    'tidegate.dev/sticky.max-age: 1h',
  ),
  obeyed('session-cookie-max-age', 'whole seconds', 'The same; wins.', 'tidegate.dev/sticky.max-age: 1h'),
  noOp(
    'session-cookie-change-on-failure',
    bool,
    'A client whose endpoint is not usable gets another one and its cookie.',
  ),
  obeyed(
    'upstream-hash-by',
    '`$remote_addr`, `$binary_remote_addr`, `$http_NAME`, `$cookie_NAME`',
    'The same endpoint for the same value.',
    'tidegate.dev/balance: "{ ring-hash: client-address }"',
  ),
  later('upstream-hash-by-subset', bool, 'hashing to a subset of endpoints comes later'),
  later('upstream-hash-by-subset-size', 'whole number', 'hashing to a subset of endpoints comes later'),
  obeyed(
    'load-balance',
    'round_robin, ewma',
    'Which endpoint takes a request.',
    'tidegate.dev/balance: ewma',
  ),
  obeyed(
    'canary',
    bool,
    'Marks an Ingress that takes a part of the requests of another one with the same host and path. Written as `True` or `1` it takes nothing, and an event says so.',
  ),
  obeyed('canary-weight', 'whole number', 'Its share of `canary-weight-total`.'),
  obeyed('canary-weight-total', 'whole number from 100', '100 without it.'),
  obeyed('canary-by-header', 'name of a header', '`always` and `never` decide, before cookie and weight.'),
  obeyed('canary-by-header-value', 'text', 'This value decides instead of `always`.'),
  obeyed(
    'canary-by-header-pattern',
    'regular expression',
    'Values that match decide; says nothing beside `canary-by-header-value`.',
  ),
  obeyed('canary-by-cookie', 'name of a cookie', '`always` and `never` decide, before the weight.'),
  later('mirror-target', 'URL', 'mirroring comes later'),
  later('mirror-request-body', onOff, 'mirroring comes later'),
  later('mirror-host', 'host', 'mirroring comes later'),
]
