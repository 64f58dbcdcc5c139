import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nativeAnnotations } from '../../../../../src/translate/kubernetes/annotations/native-table.ts'
import { nginxFacts, nginxGroups } from '../../../../../src/translate/kubernetes/annotations/nginx/table.ts'
import { annotationsPage } from '../../../../../src/translate/reference/annotations-page.ts'
import { readingOf, reasonsOf } from './reading.ts'

/** Every annotation that ingress-nginx has, each under its name of today. */
const documented = `
  rewrite-target use-regex app-root ssl-redirect force-ssl-redirect preserve-trailing-slash permanent-redirect permanent-redirect-code
  temporal-redirect temporal-redirect-code relative-redirects from-to-www-redirect server-alias use-port-in-redirects x-forwarded-prefix
  upstream-vhost proxy-connect-timeout proxy-send-timeout proxy-read-timeout proxy-next-upstream proxy-next-upstream-timeout
  proxy-next-upstream-tries proxy-http-version proxy-body-size client-body-buffer-size proxy-request-buffering proxy-buffering
  proxy-buffer-size proxy-buffers-number proxy-busy-buffers-size proxy-max-temp-file-size backend-protocol proxy-ssl-secret
  proxy-ssl-verify proxy-ssl-verify-depth proxy-ssl-name proxy-ssl-server-name proxy-ssl-ciphers proxy-ssl-protocols service-upstream
  fastcgi-index fastcgi-params-configmap connection-proxy-header canary canary-weight canary-weight-total canary-by-header
  canary-by-header-value canary-by-header-pattern canary-by-cookie enable-cors cors-allow-origin cors-allow-methods cors-allow-headers
  cors-expose-headers cors-allow-credentials cors-max-age auth-type auth-secret auth-secret-type auth-realm auth-url auth-signin
  auth-signin-redirect-param auth-response-headers auth-method auth-request-redirect auth-proxy-set-headers auth-cache-key
  auth-cache-duration auth-keepalive auth-keepalive-requests auth-keepalive-timeout auth-keepalive-share-vars auth-always-set-cookie
  auth-snippet enable-global-auth satisfy auth-tls-secret auth-tls-verify-client auth-tls-verify-depth auth-tls-error-page
  auth-tls-pass-certificate-to-upstream auth-tls-match-cn allowlist-source-range denylist-source-range limit-rps limit-rpm
  limit-burst-multiplier limit-connections limit-allowlist limit-rate limit-rate-after affinity affinity-mode affinity-canary-behavior
  session-cookie-name session-cookie-path session-cookie-domain session-cookie-samesite session-cookie-secure
  session-cookie-conditional-samesite-none session-cookie-expires session-cookie-max-age session-cookie-change-on-failure
  upstream-hash-by upstream-hash-by-subset upstream-hash-by-subset-size load-balance default-backend custom-http-errors
  disable-proxy-intercept-errors custom-headers proxy-cookie-domain proxy-cookie-path proxy-redirect-from proxy-redirect-to
  http2-push-preload ssl-passthrough ssl-ciphers ssl-prefer-server-ciphers mirror-target mirror-request-body mirror-host
  configuration-snippet server-snippet stream-snippet modsecurity-snippet enable-modsecurity enable-owasp-core-rules
  modsecurity-transaction-id enable-access-log enable-rewrite-log enable-opentelemetry opentelemetry-trust-incoming-span
  opentelemetry-operation-name`

/** Older names for two of them, and those that it took away. */
const older = `
  whitelist-source-range limit-whitelist
  global-rate-limit global-rate-limit-window global-rate-limit-key global-rate-limit-ignored-cidrs secure-backends enable-opentracing
  opentracing-trust-incoming-span enable-influxdb influxdb-measurement influxdb-port influxdb-host influxdb-server-name grpc-backend
  add-base-url`

const facts = nginxGroups.flatMap((group) => group.facts)

describe('the table of annotations of ingress-nginx', () => {
  test('has each name once', () => {
    const names = [documented, older].flatMap((text) => text.trim().split(/\s+/))

    assert.equal(documented.trim().split(/\s+/).length, 136)
    assert.deepEqual(facts.map(({ name }) => name).toSorted(), names.toSorted())
    assert.equal(nginxFacts.size, facts.length)
  })

  test('names equivalents of ours that exist', () => {
    const named = facts.flatMap(({ native }) =>
      [...native.matchAll(/tidegate\.dev\/([a-z.-]+)/g)].map((found) => found[1] ?? ''),
    )

    assert.deepEqual(
      named.filter((name) => !nativeAnnotations.has(name)),
      [],
    )
  })

  test('names equivalents whose values are right', () => {
    const values = facts.flatMap(({ native }) =>
      [...native.matchAll(/(tidegate\.dev\/[a-z.-]+): ("[^"]*"|[^\s,]+)/g)].map(
        ([, name = '', value = '']) => [name, value.replaceAll('"', '')] as const,
      ),
    )
    const wrong = values
      .filter(([, value]) => value !== 'NAME')
      .filter(([name, value]) => {
        const beside = name.includes('sticky.') ? { 't:sticky.cookie': 'shop' } : {}
        return (
          readingOf({ ...beside, [name]: value }, { optIn: ['body.buffer', 'access-log'] }).problems.length >
          0
        )
      })

    assert.ok(values.length > 30)
    assert.deepEqual(wrong, [])
  })
})

describe('the example in the page of annotations', () => {
  test('is taken as it stands', () => {
    const lines = [...annotationsPage().matchAll(/^ {4}(tidegate\.dev\/\S+): "?(.*?)"?$/gm)]
    const annotations = Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]))

    assert.equal(lines.length, 3)
    assert.deepEqual(readingOf(annotations).problems, [])
  })
})

const unobeyed = facts.filter(
  ({ fate, name }) => (fate === 'later' || fate === 'refused') && !name.endsWith('-snippet'),
)

describe('an annotation of ingress-nginx that is not obeyed', () => {
  for (const { name, fate, protects } of unobeyed) {
    test(`${name} is told as ${fate}${protects ? ', and closes its routes' : ''}`, () => {
      const reason = fate === 'refused' ? 'AnnotationRefused' : 'AnnotationUnsupported'
      for (const compat of ['off', 'ingress-nginx'] as const) {
        const read = readingOf({ [`n:${name}`]: 'some' }, { compat })

        assert.deepEqual(reasonsOf(read), [`${reason} n:${name}`])
        assert.equal(read.problems[0]?.severity, protects ? 'error' : 'warning')
        assert.match(read.problems[0]?.remedy ?? '', /\w/)
        assert.equal(read.blocked?.includes(name), protects ? true : undefined)
      }
    })
  }

  for (const { name } of facts.filter(({ fate }) => fate === 'no-op')) {
    test(`${name} needs nothing done, and is not told`, () => {
      assert.deepEqual(readingOf({ [`n:${name}`]: '4k' }).problems, [])
    })
  }

  for (const [name, value] of [
    ['enable-cors', 'false'],
    ['enable-modsecurity', 'false'],
    ['auth-tls-verify-client', 'off'],
    ['limit-rps', '0'],
    ['ssl-passthrough', 'false'],
  ] as const) {
    test(`${name}: ${value} asks for nothing, and is not told`, () => {
      const read = readingOf({ [`n:${name}`]: value })

      assert.deepEqual(read.problems, [])
      assert.equal(read.blocked, undefined)
    })
  }

  test('closes its routes when it is empty and was to name who checks', () => {
    assert.notEqual(readingOf({ 'n:auth-url': '' }).blocked, undefined)
  })

  test('is told with what was probably meant when it does not exist', () => {
    const { problems } = readingOf({ 'n:proxy-body-sise': '1m' })

    assert.equal(problems[0]?.reason, 'AnnotationUnknown')
    assert.equal(problems[0]?.remedy, 'did you mean "nginx.ingress.kubernetes.io/proxy-body-size"?')
  })
})
