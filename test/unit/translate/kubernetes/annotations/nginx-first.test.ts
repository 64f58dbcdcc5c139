import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IngressCompat } from '../../../../../src/model/kubernetes-settings.ts'
import { partOf, readingOf, reasonsOf } from './reading.ts'

type Row = readonly [
  what: string,
  annotations: Readonly<Record<string, string>>,
  path: string,
  /** With compatibility, and without. */
  values: readonly [on: unknown, off: unknown],
  problems?: readonly [on: readonly string[], off: readonly string[]],
]

const mebibyte = 1024 * 1024
const https = { 'n:backend-protocol': 'HTTPS' }
const differs = (name: string) => [[], [`AnnotationDiffers n:${name}`]] as const
const both = (value: unknown) => [value, value] as const
const told = (reason: string) => [[reason], [reason]] as const

/** The first 25 by weight, and what belongs to them. */
const rows: readonly Row[] = [
  [
    'rewrite-target',
    { 'n:rewrite-target': '/$2' },
    'nginx.rewriteTarget',
    both('/$2'),
    differs('rewrite-target'),
  ],
  [
    'rewrite-target makes regular expressions',
    { 'n:rewrite-target': '/' },
    'nginx.regex',
    both('on'),
    differs('rewrite-target'),
  ],
  ['ssl-redirect', { 'n:ssl-redirect': 'false' }, 'tlsRedirect', both('off')],
  ['ssl-redirect, not given', {}, 'tlsRedirect', ['on', undefined]],
  ['proxy-body-size', { 'n:proxy-body-size': '8m' }, 'route.body.limit', both(8 * mebibyte)],
  ['proxy-body-size: 0', { 'n:proxy-body-size': '0' }, 'route.body.limit', both(0)],
  ['proxy-body-size, not given', {}, 'route.body.limit', [mebibyte, 'listener']],
  [
    'force-ssl-redirect',
    { 'n:force-ssl-redirect': 'true', 'n:ssl-redirect': 'false' },
    'tlsRedirect',
    both('force'),
  ],
  ['backend-protocol: HTTPS', https, 'cluster.tls.verify', ['off', 'on'], differs('backend-protocol')],
  ['backend-protocol: GRPC', { 'n:backend-protocol': 'GRPC' }, 'cluster.protocol', both('h2')],
  ['backend-protocol: HTTP', { 'n:backend-protocol': 'http' }, 'cluster.tls', both('off')],
  [
    'backend-protocol: FCGI',
    { 'n:backend-protocol': 'FCGI' },
    'cluster.protocol',
    both(undefined),
    told('AnnotationUnsupported n:backend-protocol'),
  ],
  ['use-regex', { 'n:use-regex': 'true' }, 'nginx.regex', both('on'), differs('use-regex')],
  ['use-regex: false', { 'n:use-regex': 'false' }, 'nginx.regex', both('off')],
  ['proxy-read-timeout', { 'n:proxy-read-timeout': '3600' }, 'route.timeouts.perTry', both(3_600_000)],
  [
    'proxy-read-timeout without a byte',
    { 'n:proxy-read-timeout': '30' },
    'route.timeouts.idle',
    both(30_000),
  ],
  ['proxy-read-timeout of websockets', { 'n:proxy-read-timeout': '30' }, 'route.upgrade.idle', both(30_000)],
  ['websockets without it', {}, 'route.upgrade.idle', [60_000, 3_600_000]],
  ['proxy-send-timeout', { 'n:proxy-send-timeout': '90' }, 'route.timeouts.idle', both(90_000)],
  [
    'proxy-send-timeout beside another proxy-read-timeout',
    { 'n:proxy-send-timeout': '90', 'n:proxy-read-timeout': '30' },
    'route.timeouts.idle',
    both(90_000),
    told('AnnotationDiffers n:proxy-send-timeout'),
  ],
  [
    'proxy-connect-timeout',
    { 'n:proxy-connect-timeout': '10' },
    'cluster.shape.connectTimeout',
    both(10_000),
  ],
  [
    'whitelist-source-range',
    { 'n:whitelist-source-range': '10.0.0.1/8, ::1' },
    'nginx.allowClients',
    both(['10.0.0.0/8', '::1/128']),
  ],
  [
    'allowlist-source-range',
    { 'n:allowlist-source-range': '192.0.2.1' },
    'nginx.allowClients',
    both(['192.0.2.1/32']),
  ],
  [
    'denylist-source-range',
    { 'n:denylist-source-range': '2001:db8::1/32' },
    'nginx.denyClients',
    both(['2001:db8::/32']),
  ],
  ['affinity', { 'n:affinity': 'cookie' }, 'cluster.shape.sticky.name', both('INGRESSCOOKIE')],
  [
    'session-cookie-name',
    { 'n:affinity': 'cookie', 'n:session-cookie-name': 'shop' },
    'cluster.shape.sticky.name',
    both('shop'),
  ],
  [
    'session-cookie-path',
    { 'n:affinity': 'cookie', 'n:session-cookie-path': '/a' },
    'cluster.shape.sticky.path',
    both('/a'),
  ],
  [
    'session-cookie-samesite',
    { 'n:affinity': 'cookie', 'n:session-cookie-samesite': 'None' },
    'cluster.shape.sticky.secure',
    both('on'),
  ],
  [
    'session-cookie-secure',
    { 'n:affinity': 'cookie', 'n:session-cookie-secure': 'true' },
    'cluster.shape.sticky.secure',
    both('on'),
  ],
  [
    'session-cookie-max-age',
    { 'n:affinity': 'cookie', 'n:session-cookie-max-age': '60', 'n:session-cookie-expires': '90' },
    'cluster.shape.sticky.maxAgeSeconds',
    both(60),
  ],
  [
    'session-cookie-name alone',
    { 'n:session-cookie-name': 'a' },
    'cluster.shape.sticky',
    both(undefined),
    told('AnnotationInvalid n:session-cookie-name'),
  ],
  ['proxy-buffer-size', { 'n:proxy-buffer-size': '16k' }, 'route.body.buffer', both(0)],
  [
    'proxy-buffer-size above ours',
    { 'n:proxy-buffer-size': '64k' },
    'route.body.buffer',
    both(0),
    told('AnnotationUnsupported n:proxy-buffer-size'),
  ],
  [
    'canary',
    { 'n:canary': 'true', 'n:canary-weight': '10' },
    'nginx.canary',
    both({ weight: 10, total: 100, header: undefined, cookie: undefined }),
  ],
  ['canary: false', { 'n:canary': 'false', 'n:canary-weight': '10' }, 'nginx.canary', both(undefined)],
  [
    'canary without a rule',
    { 'n:canary': 'true' },
    'nginx.canary.weight',
    both(0),
    told('AnnotationInvalid n:canary'),
  ],
  [
    'canary-weight alone',
    { 'n:canary-weight': '5' },
    'nginx.canary',
    both(undefined),
    told('AnnotationInvalid n:canary-weight'),
  ],
  [
    'canary-weight-total',
    { 'n:canary': 'true', 'n:canary-weight': '150', 'n:canary-weight-total': '1000' },
    'nginx.canary.total',
    both(1000),
  ],
  [
    'canary-by-header',
    { 'n:canary': 'true', 'n:canary-by-header': 'X-Canary' },
    'nginx.canary.header',
    both({ name: 'x-canary', value: undefined, pattern: undefined }),
  ],
  [
    'canary-by-header-value over the pattern',
    {
      'n:canary': 'true',
      'n:canary-by-header': 'x',
      'n:canary-by-header-value': 'b',
      'n:canary-by-header-pattern': 'c',
    },
    'nginx.canary.header',
    both({ name: 'x', value: 'b', pattern: undefined }),
  ],
  [
    'canary-by-header-pattern',
    { 'n:canary': 'true', 'n:canary-by-header': 'x', 'n:canary-by-header-pattern': '^b' },
    'nginx.canary.header.pattern',
    both('^b'),
  ],
  [
    'canary-by-cookie',
    { 'n:canary': 'true', 'n:canary-by-cookie': 'beta' },
    'nginx.canary.cookie',
    both('beta'),
  ],
]

describe('the first annotations of ingress-nginx', () => {
  for (const [index, compat] of (['ingress-nginx', 'off'] as const).entries()) {
    for (const [what, annotations, path, values, problems = [[], []]] of rows) {
      test(`${what}, compat: ${compat}`, () => {
        const read = readingOf(annotations, { compat: compat satisfies IngressCompat })

        assert.deepEqual(partOf(read, path), values[index])
        assert.deepEqual(reasonsOf(read), problems[index])
        assert.equal(read.blocked, undefined)
      })
    }
  }

  test('retry as ingress-nginx does in its compatibility alone', () => {
    const on = readingOf({}, { compat: 'ingress-nginx' }).route.retry
    const off = readingOf({}).route.retry

    assert.deepEqual([on.attempts, on.on], [2, ['connect', 'reset', 'timeout']])
    assert.deepEqual(off.on, [])
  })
})

const strict: readonly (readonly [name: string, value: string, remedy: RegExp])[] = [
  ['proxy-read-timeout', '60s', /^write "60"$/],
  ['proxy-read-timeout', '0', /at least "1"/],
  ['proxy-read-timeout', '1m', /write one such as "60"/],
  ['proxy-body-size', '8MB', /such as "8m"/],
  ['proxy-body-size', '8Mi', /such as "8m"/],
  ['proxy-body-size', '-1', /such as "8m"/],
  ['ssl-redirect', 'on', /^write "true"$/],
  ['ssl-redirect', 'True', /^write "true"$/],
  ['use-regex', 'maybe', /^write "true" or "false"$/],
  ['proxy-ssl-verify', 'true', /^write "on"$/],
  ['backend-protocol', 'GRPXS', /did you mean "GRPCS"/],
  ['affinity', 'ip', /write "cookie"/],
  ['canary-weight', '101', /from 0 to 100/],
  ['canary-by-header-pattern', '(', /RE2/],
  ['rewrite-target', 'https://a.test/', /temporal-redirect/],
  ['rewrite-target', 'shop', /^write "\/shop"$/],
  ['rewrite-target', '/$host', /groups of the path/],
  ['rewrite-target', '/a?b=c', /path alone/],
  ['rewrite-target', '/a"; return 200', /percent-encode/],
  ['rewrite-target', '', /write/],
]

describe('values of ingress-nginx', () => {
  for (const [name, value, remedy] of strict) {
    test(`${name}: ${value} is not guessed at`, () => {
      const { problems } = readingOf({ [`n:${name}`]: value })

      assert.equal(problems[0]?.reason, 'AnnotationInvalid')
      assert.match(problems[0]?.remedy ?? '', remedy)
    })
  }

  for (const name of ['whitelist-source-range', 'allowlist-source-range', 'denylist-source-range']) {
    for (const value of ['', 'everybody', '10.0.0.0/8, 10.0.0.0/99', ',']) {
      test(`${name}: "${value}" closes the routes rather than opening them`, () => {
        assert.match(readingOf({ [`n:${name}`]: value }).blocked ?? '', /source-range cannot be read/)
      })
    }
  }
})
