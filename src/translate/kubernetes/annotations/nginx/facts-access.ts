import { later, type NginxFact, noOp, obeyed, protecting, refused } from './fact.ts'

const bool = 'true, false'
const number = 'whole number'
const redirects = 'the header `x-auth-request-redirect` is the path and query of the request'
const keeps = 'Connections to the server that is asked are kept as those to every Service are.'
const clientCertificates = 'client certificates for single hosts come later'
const rates = 'it asks memcached'
const bandwidth = 'limits of bandwidth come later'
const waf = 'a web application firewall comes later'
const gone = 'ingress-nginx took it away long ago'

/** Who may come. */
export const accessFacts: readonly NginxFact[] = [
  protecting(
    obeyed(
      'whitelist-source-range',
      'CIDR blocks, with commas',
      'The same as `allowlist-source-range`.',
      'tidegate.dev/filters: "[{ ipRules: { allow: [10.0.0.0/8] } }]"',
    ),
  ),
  protecting(
    obeyed(
      'allowlist-source-range',
      'CIDR blocks, with commas',
      'Clients that may come; others get 403.',
      'tidegate.dev/filters: "[{ ipRules: { allow: [10.0.0.0/8] } }]"',
    ),
  ),
  protecting(
    obeyed(
      'denylist-source-range',
      'CIDR blocks, with commas',
      'Clients that get 403.',
      'tidegate.dev/filters: "[{ ipRules: { deny: [10.66.0.0/16] } }]"',
    ),
  ),
  protecting(
    obeyed(
      'auth-type',
      'basic, digest',
      '`basic` asks for a user and a password; `digest` is not obeyed, and closes the routes.',
    ),
  ),
  protecting(
    obeyed(
      'auth-secret',
      'name of a Secret, or namespace/name',
      'A Secret with users, of another namespace only if that shares it. Hashes that are taken: bcrypt, SHA-crypt, apr1, {SHA}. While it is missing or broken the routes answer 503.',
    ),
  ),
  protecting(
    obeyed(
      'auth-secret-type',
      'auth-file, auth-map',
      'Users under the key `auth`, or each under a key of its own.',
    ),
  ),
  obeyed('auth-realm', 'text', 'What browsers show beside the question; `restricted` when it is not given.'),
  protecting(
    obeyed(
      'auth-url',
      'URL',
      'Asked for each request: 2xx lets it pass. A Service of the namespace, `http://SERVICE.NAMESPACE.svc.cluster.local:PORT/path`; of another namespace, or a host elsewhere, only if `externalNames` has the name.',
    ),
  ),
  protecting(
    obeyed(
      'auth-signin',
      'URL',
      'Where clients are sent that get 401; `$host`, `$scheme`, `$request_uri` and the like are filled in.',
    ),
  ),
  obeyed(
    'auth-signin-redirect-param',
    'name of a parameter',
    'Gets the URL of the request; `rd` when it is not given.',
  ),
  protecting(
    obeyed(
      'auth-response-headers',
      'headers, with commas',
      'Headers of the answer that go upstream; those of the client never do. Not those that say whence a client comes, such as `x-forwarded-for`.',
    ),
  ),
  protecting(obeyed('auth-method', 'method', 'Of the question; `GET` when it is not given.')),
  later('auth-request-redirect', 'text', redirects),
  later('auth-proxy-set-headers', 'name of a ConfigMap', 'headers of the question come later'),
  obeyed(
    'auth-cache-key',
    'variables of nginx',
    'Verdicts are remembered for requests that are equal in these: `$http_NAME`, `$cookie_NAME`, `$remote_user`, `$remote_addr`, `$host`, `$scheme`, `$request_method`, `$request_uri`, `$uri`. A request that lacks one is asked about.',
  ),
  obeyed(
    'auth-cache-duration',
    'statuses and a time, with commas',
    'How long, by status: `200 202 401 5m` when it is not given. Not answers with `cache-control` no-store, no-cache or private, or with a cookie.',
  ),
  noOp('auth-keepalive', number, keeps),
  noOp('auth-keepalive-requests', number, keeps),
  noOp('auth-keepalive-timeout', number, keeps),
  noOp('auth-keepalive-share-vars', bool, keeps),
  noOp('auth-always-set-cookie', bool, 'Cookies of the answer go to the client with every response.'),
  noOp(
    'enable-global-auth',
    bool,
    'There is no authentication of the whole gateway that an Ingress could leave.',
  ),
  protecting(
    later(
      'satisfy',
      'all, any',
      'that one of address and password is enough comes later; `all` is what is done anyway',
    ),
  ),
  protecting(later('auth-tls-secret', 'name of a Secret', clientCertificates)),
  protecting(later('auth-tls-verify-client', 'on, off, optional, optional_no_ca', clientCertificates)),
  later('auth-tls-verify-depth', number, clientCertificates),
  later('auth-tls-error-page', 'URL', clientCertificates),
  later('auth-tls-pass-certificate-to-upstream', bool, clientCertificates),
  protecting(later('auth-tls-match-cn', 'regular expression', clientCertificates)),
  protecting(later('enable-modsecurity', bool, waf)),
  protecting(later('enable-owasp-core-rules', bool, waf)),
  later('modsecurity-transaction-id', 'text', waf),
]

/** CORS, limits, TLS of hosts, and what is gone. */
export const otherFacts: readonly NginxFact[] = [
  obeyed(
    'enable-cors',
    bool,
    'Pages of other origins may read the answers; preflights are answered by the gateway.',
    'tidegate.dev/filters: "[{ cors: { origins: [https://shop.example.com] } }]"',
  ),
  obeyed(
    'cors-allow-origin',
    'origins, with commas',
    'Origins with their scheme, `*.` for one label; `*` when it is not given.',
  ),
  obeyed(
    'cors-allow-methods',
    'methods, with commas',
    'GET, PUT, POST, DELETE, PATCH, OPTIONS when it is not given.',
  ),
  obeyed(
    'cors-allow-headers',
    'headers, with commas',
    'DNT, Keep-Alive, User-Agent, X-Requested-With, If-Modified-Since, Cache-Control, Content-Type, Range, Authorization when it is not given.',
  ),
  obeyed('cors-expose-headers', 'headers, with commas', 'Response headers that pages may read.'),
  obeyed(
    'cors-allow-credentials',
    bool,
    '`true` when it is not given; says nothing with the origin `*`, as in browsers.',
  ),
  obeyed(
    'cors-max-age',
    'whole seconds',
    'How long browsers remember a preflight; 1728000 when it is not given.',
  ),
  obeyed(
    'limit-rps',
    number,
    'Requests a second of a client address (IPv6: of its /64), for all paths of the Ingress together; others get 429, 503 with the compatibility `ingress-nginx`, or the `limit-req-status-code` of their class. `0` is no limit.',
    'tidegate.dev/filters: "[{ rateLimit: { rate: 10/s, burst: 50 } }]"',
  ),
  obeyed('limit-rpm', number, 'The same in a minute; with both, both hold.'),
  obeyed(
    'limit-burst-multiplier',
    number,
    'How often the rate may come at once besides; 5 when it is not given.',
  ),
  obeyed(
    'limit-connections',
    number,
    'Requests of a client address (IPv6: of its /64) that are in flight at a time, websockets among them, for all paths of the Ingress together; others get 429, 503 with the compatibility `ingress-nginx`, or the `limit-conn-status-code` of their class. `0` is no limit.',
    'tidegate.dev/filters: "[{ concurrencyLimit: { limit: 20 } }]"',
  ),
  obeyed('limit-whitelist', 'CIDR blocks, with commas', 'The same as `limit-allowlist`, which wins over it.'),
  obeyed('limit-allowlist', 'CIDR blocks, with commas', 'Clients that are not limited.'),
  later('limit-rate', number, bandwidth),
  later('limit-rate-after', number, bandwidth),
  later('global-rate-limit', number, rates),
  later('global-rate-limit-window', 'time', rates),
  later('global-rate-limit-key', 'text', rates),
  later('global-rate-limit-ignored-cidrs', 'CIDR blocks, with commas', rates),
  later('ssl-passthrough', bool, 'TLS that ends upstream is set on the listener: "tls.passthrough"'),
  later(
    'ssl-ciphers',
    'names of OpenSSL, with colons',
    'cipher suites towards clients are set on the listener: "tls.ciphers"',
  ),
  noOp('ssl-prefer-server-ciphers', bool, 'All suites that are offered are good ones.'),
  refused('enable-opentracing', bool, gone),
  refused('opentracing-trust-incoming-span', bool, gone),
  refused('enable-influxdb', bool, gone),
  refused('influxdb-measurement', 'text', gone),
  refused('influxdb-port', 'text', gone),
  refused('influxdb-host', 'text', gone),
  refused('influxdb-server-name', 'text', gone),
]
