import { later, type NginxFact, noOp, obeyed, protecting, refused } from './fact.ts'

const bool = 'true, false'
const seconds = 'whole seconds'

/** Paths, redirects, hosts. */
export const routingFacts: readonly NginxFact[] = [
  obeyed(
    'rewrite-target',
    'path with `$1` …',
    'Replaces the path; paths of the Ingress become regular expressions, also when the value is wrong and paths are not replaced.',
    'tidegate.dev/rewrite: /',
  ),
  obeyed(
    'use-regex',
    bool,
    'Paths of the Ingress become regular expressions that match at the start, whatever the case.',
  ),
  obeyed(
    'app-root',
    'path',
    'Requests for `/` are redirected there with 302, unless a path of another Ingress takes them.',
    'a path "/" of pathType Exact with tidegate.dev/filters: "[{ redirect: { path: { full: /shop } } }]"',
  ),
  obeyed(
    'ssl-redirect',
    bool,
    'Whether plain requests are redirected as far as the Ingress has `tls`.',
    'tidegate.dev/tls-redirect: on',
  ),
  obeyed(
    'force-ssl-redirect',
    bool,
    'Redirects plain requests without `tls` too.',
    'tidegate.dev/tls-redirect: force',
  ),
  noOp('preserve-trailing-slash', bool, 'Redirects to https always keep the path as it is.'),
  obeyed(
    'permanent-redirect',
    'URL',
    'Redirects every request there; `$request_uri` at the end keeps path and query.',
    'tidegate.dev/filters: "[{ redirect: { status: 301, host: new.example.com } }]"',
  ),
  obeyed('permanent-redirect-code', '301, 302, 303, 307, 308', 'Status of `permanent-redirect`.'),
  obeyed(
    'temporal-redirect',
    'URL',
    'The same with 302; wins over `permanent-redirect`.',
    'tidegate.dev/filters: "[{ redirect: { host: new.example.com } }]"',
  ),
  obeyed('temporal-redirect-code', '301, 302, 303, 307, 308', 'Status of `temporal-redirect`.'),
  later('relative-redirects', bool, 'locations without scheme and host come later'),
  later('from-to-www-redirect', bool, 'redirects between a host and its www host come later'),
  obeyed(
    'server-alias',
    'hosts, with commas',
    'Further hosts that are served as the first rules are, but for those that have rules of an Ingress: these are left out, and an event says so.',
  ),
  later('use-port-in-redirects', bool, 'ports in redirects follow "publicPort" of the listener'),
  obeyed(
    'x-forwarded-prefix',
    'path',
    'Sent upstream as `x-forwarded-prefix`.',
    'tidegate.dev/filters: "[{ requestHeaders: { set: { x-forwarded-prefix: /shop } } }]"',
  ),
  obeyed('upstream-vhost', 'host', 'Host header that goes upstream.', 'tidegate.dev/host: shop.internal'),
  later('default-backend', 'name of a Service', 'a backend for errors comes with error pages'),
  later('custom-http-errors', 'statuses, with commas', 'error pages come later'),
  later('disable-proxy-intercept-errors', bool, 'error pages come later'),
  later(
    'custom-headers',
    'name of a ConfigMap',
    'headers from a ConfigMap come later',
    'tidegate.dev/filters: "[{ responseHeaders: { set: { x-a: b } } }]"',
  ),
  later('proxy-cookie-domain', 'from to', 'changes of cookies on their way back come later'),
  later('proxy-cookie-path', 'from to', 'changes of cookies on their way back come later'),
  later('proxy-redirect-from', 'text', 'changes of "location" on its way back come later'),
  later('proxy-redirect-to', 'text', 'changes of "location" on its way back come later'),
  noOp('http2-push-preload', bool, 'Browsers have given up server push.'),
]

/** Time and further attempts. */
export const timeFacts: readonly NginxFact[] = [
  obeyed(
    'proxy-connect-timeout',
    seconds,
    'Time for a connection to be made.',
    'tidegate.dev/connect-timeout: 5s',
  ),
  obeyed(
    'proxy-send-timeout',
    seconds,
    'Longest time without a byte in either direction; the longer of this and `proxy-read-timeout` holds.',
    'tidegate.dev/timeouts.idle: 60s',
  ),
  obeyed(
    'proxy-read-timeout',
    seconds,
    'Time until the response head, longest time without a byte, and idle time of websockets.',
    'tidegate.dev/timeouts.per-try: 60s, tidegate.dev/timeouts.idle: 60s, tidegate.dev/upgrade.idle: 60s',
  ),
  obeyed(
    'proxy-next-upstream',
    'words of nginx, or off',
    'When a request is sent again: `error`, `timeout`, `invalid_header`, `http_502` …, `non_idempotent`.',
    'tidegate.dev/retry.on: "[connect, reset, timeout]"',
  ),
  later(
    'proxy-next-upstream-timeout',
    seconds,
    'a limit on the time for further attempts alone comes later',
    'tidegate.dev/timeouts.total: 30s',
  ),
  obeyed(
    'proxy-next-upstream-tries',
    'whole number',
    'Attempts altogether, the first one among them.',
    'tidegate.dev/retry.attempts: 2',
  ),
  obeyed(
    'proxy-http-version',
    '1.0, 1.1',
    'Upstreams are spoken to in HTTP/1.1; `1.0` is told, and not done.',
  ),
]

/** Bodies and buffers. */
export const bodyFacts: readonly NginxFact[] = [
  obeyed(
    'proxy-body-size',
    'size of nginx, 0 for none',
    'Largest request body; 413 above.',
    'tidegate.dev/body.limit: 8MiB',
  ),
  noOp('client-body-buffer-size', 'size of nginx', 'Bodies are streamed, and never spill to a disk.'),
  obeyed(
    'proxy-request-buffering',
    'on, off',
    '`off` is what is done anyway; `on` is told: bodies are streamed.',
    'tidegate.dev/body.buffer: 1MiB (needs the leave of the operator)',
  ),
  noOp('proxy-buffering', 'on, off', 'Responses are streamed, and a slow client holds up nobody else.'),
  noOp(
    'proxy-buffer-size',
    'size of nginx',
    'Response heads of 32 KiB pass, and lines of 8 KiB in them; a larger size is told.',
  ),
  noOp('proxy-buffers-number', 'whole number', 'Responses are streamed.'),
  noOp('proxy-busy-buffers-size', 'size of nginx', 'Responses are streamed.'),
  noOp('proxy-max-temp-file-size', 'size of nginx', 'Nothing is written to a disk.'),
]

/** Logs and traces. */
export const logFacts: readonly NginxFact[] = [
  obeyed(
    'enable-access-log',
    bool,
    'Whether its requests are logged.',
    'tidegate.dev/access-log.enabled: off (needs the leave of the operator)',
  ),
  noOp('enable-rewrite-log', bool, '`tidegate explain` tells every step of a request.'),
  later('enable-opentelemetry', bool, 'traces come later'),
  later('opentelemetry-trust-incoming-span', bool, 'traces come later'),
  later('opentelemetry-operation-name', 'text', 'traces come later'),
]

/** Texts of nginx's own configuration. */
export const snippetFacts: readonly NginxFact[] = [
  refused(
    'configuration-snippet',
    'text of nginx',
    'text of another program is never run',
    'tidegate.dev/filters',
  ),
  refused('server-snippet', 'text of nginx', 'text of another program is never run', 'tidegate.dev/filters'),
  refused('stream-snippet', 'text of nginx', 'text of another program is never run'),
  protecting(refused('modsecurity-snippet', 'text of nginx', 'text of another program is never run')),
  protecting(refused('auth-snippet', 'text of nginx', 'text of another program is never run')),
]
