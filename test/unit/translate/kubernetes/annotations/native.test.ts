import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nativeAnnotations } from '../../../../../src/translate/kubernetes/annotations/native-table.ts'
import { partOf, readingOf } from './reading.ts'

/** Each annotation of ours: a good value, where it is seen and as what, and a bad one. */
const rows: readonly (readonly [name: string, good: string, path: string, value: unknown, bad: string])[] = [
  ['backend-protocol', 'grpcs', 'cluster.protocol', 'h2', 'thrift'],
  ['tls-redirect', 'force', 'tlsRedirect', 'force', 'yes'],
  ['tls-secret', 'pki/wildcard', 'tlsSecret.name', 'wildcard', 'wildcard'],
  ['service-upstream', 'on', 'cluster.serviceUpstream', 'on', 'perhaps'],
  ['rewrite', '/v2', 'route.filters.0.path.value', '/v2', 'v2'],
  ['methods', '[GET, POST]', 'route.match.methods', ['GET', 'POST'], '[get]'],
  ['headers', '{ X-A: { regex: "b+" } }', 'route.match.headers.0.name', 'x-a', '{ x-a: { regex: "(" } }'],
  ['cookies', '{ beta: on }', 'route.match.cookies.0.value.value', 'on', '[beta]'],
  ['query', '{ v: { is: present } }', 'route.match.query.0.value.kind', 'present', '{ v: { is: there } }'],
  ['clients', '[10.0.0.0/8]', 'route.match.clients', ['10.0.0.0/8'], '[10.0.0.1/8]'],
  ['listeners', '[internal]', 'route.match.listeners', ['internal'], '[interna]'],
  ['filters', '[{ respond: { status: 404 } }]', 'route.filters.0.kind', 'respond', '[{ run: x }]'],
  ['timeouts', '{ total: 30s, perTry: 5s }', 'route.timeouts.perTry', 5000, '{ total: 30 }'],
  ['timeouts.total', '30s', 'route.timeouts.total', 30_000, '30'],
  ['timeouts.per-try', '250ms', 'route.timeouts.perTry', 250, '0s'],
  ['timeouts.idle', 'none', 'route.timeouts.idle', 'none', 'never'],
  ['retry', '{ attempts: 2, on: [status] }', 'route.retry.on', ['status'], '{ attempts: 99 }'],
  ['retry.attempts', '3', 'route.retry.attempts', 3, '11'],
  ['retry.on', '[connect, timeout]', 'route.retry.on', ['connect', 'timeout'], 'connect'],
  ['retry.methods', '[GET]', 'route.retry.methods', ['GET'], '[]'],
  ['retry.statuses', '[503]', 'route.retry.statuses', [503], '[200]'],
  ['retry.grpc-statuses', '[internal]', 'route.retry.grpcStatuses', [13], '[none]'],
  ['retry.backoff', '{ base: 10ms }', 'route.retry.backoff.base', 10, '{ base: 10s }'],
  ['retry.backoff.base', '50ms', 'route.retry.backoff.base', 50, '1s'],
  ['retry.backoff.max', '1s', 'route.retry.backoff.max', 1000, '1ms'],
  ['retry.budget', '{ percent: 10 }', 'route.retry.budget.percent', 10, '10'],
  ['retry.budget.percent', '50', 'route.retry.budget.percent', 50, '0'],
  ['retry.budget.minimum', '0', 'route.retry.budget.minimum', 0, '-1'],
  ['body', '{ limit: 8MiB }', 'route.body.limit', 8_388_608, '{ limit: 8m }'],
  ['body.limit', 'none', 'route.body.limit', 0, '8m'],
  ['body.buffer', '1MiB', 'route.body.buffer', 1_048_576, '1MB'],
  ['body.mode', 'stream', 'route.body.mode', 'stream', 'fast'],
  ['body.response-limit', '64KiB', 'route.body.responseLimit', 65_536, '64k'],
  ['upgrade', '{ protocols: [] }', 'route.upgrade.protocols', [], '{ protocol: [] }'],
  ['upgrade.protocols', '[websocket]', 'route.upgrade.protocols', ['websocket'], '["web socket"]'],
  ['upgrade.origins', '[https://a.test]', 'route.upgrade.httpOrigins', ['https://a.test'], '[a.test]'],
  ['upgrade.idle', '5m', 'route.upgrade.idle', 300_000, '5'],
  ['upgrade.age', 'none', 'route.upgrade.age', 0, '0'],
  ['upgrade.ping', '30s', 'route.upgrade.ping', 30_000, 'on'],
  ['upgrade.message-bytes', '64KiB', 'route.upgrade.messageBytes', 65_536, '64k'],
  ['upgrade.messages-per-second', '10', 'route.upgrade.messagesPerSecond', 10, '0'],
  ['access-log', '{ enabled: errors }', 'route.accessLog.enabled', 'errors', 'errors'],
  ['access-log.enabled', 'off', 'route.accessLog.enabled', 'off', 'no'],
  ['access-log.sample', '0.5', 'route.accessLog.sample', 0.5, '2'],
  ['protocol', 'h2', 'cluster.protocol', 'h2', 'h3'],
  ['proxy-protocol', 'v2', 'cluster.shape.proxyProtocol', 'v2', 'v3'],
  ['balance', '{ ring-hash: { header: x-user } }', 'cluster.shape.balance.key.name', 'x-user', 'random'],
  ['sticky', '{ cookie: shop, maxAge: 1h }', 'cluster.shape.sticky.maxAgeSeconds', 3600, '{ maxAge: 1h }'],
  ['sticky.cookie', 'shop', 'cluster.shape.sticky.name', 'shop', 'a shop'],
  ['sticky.path', '/shop', 'cluster.shape.sticky.path', '/shop', 'shop'],
  ['sticky.max-age', '1h', 'cluster.shape.sticky.maxAgeSeconds', 3600, '10ms'],
  ['sticky.secure', 'on', 'cluster.shape.sticky.secure', 'on', 'true'],
  ['sticky.same-site', 'Strict', 'cluster.shape.sticky.sameSite', 'Strict', 'None'],
  ['connect-timeout', '1s', 'cluster.shape.connectTimeout', 1000, '1'],
  ['pool', '{ idle: 2s }', 'cluster.shape.pool.idle', 2000, '{ idle: 2 }'],
  ['pool.idle', '2s', 'cluster.shape.pool.idle', 2000, 'none'],
  ['pool.age', 'none', 'cluster.shape.pool.age', 0, '0'],
  ['pool.idle-connections', '8', 'cluster.shape.pool.idleConnections', 8, '-1'],
  ['limits', '{ requests: 10 }', 'cluster.shape.limits.requests', 10, '{ requests: 0 }'],
  ['limits.connections', '5', 'cluster.shape.limits.connections', 5, '0'],
  ['limits.pending', 'none', 'cluster.shape.limits.pending', 0, 'many'],
  ['limits.requests', '100', 'cluster.shape.limits.requests', 100, '1.5'],
  ['limits.streams', '10', 'cluster.shape.limits.streams', 10, 'none'],
  ['health', '{ path: /healthz }', 'cluster.shape.health.path', '/healthz', '{ timeout: 9s }'],
  ['health.kind', 'tcp', 'cluster.shape.health.kind', 'tcp', 'udp'],
  ['health.path', '/healthz', 'cluster.shape.health.path', '/healthz', 'healthz'],
  ['health.host', 'a.test', 'cluster.shape.health.host', 'a.test', 'a b'],
  ['health.statuses', '[200, 204]', 'cluster.shape.health.statuses', [200, 204], '[99]'],
  ['health.grpc', '{ service: a.B }', 'cluster.shape.health.kind', 'http', '{ name: a.B }'],
  ['health.grpc.service', 'a.B', 'cluster.shape.health.kind', 'http', 'a b'],
  ['health.interval', '10s', 'cluster.shape.health.interval', 10_000, '1s'],
  ['health.timeout', '1s', 'cluster.shape.health.timeout', 1000, '1m'],
  ['health.healthy-after', '1', 'cluster.shape.health.healthyAfter', 1, '0'],
  ['health.unhealthy-after', '5', 'cluster.shape.health.unhealthyAfter', 5, '101'],
  ['outlier', '{ consecutiveFailures: none }', 'cluster.shape.outlier.consecutiveFailures', 0, 'off'],
  ['outlier.consecutive-failures', '3', 'cluster.shape.outlier.consecutiveFailures', 3, '0'],
  ['outlier.base-ejection', '1s', 'cluster.shape.outlier.baseEjection', 1000, '1h'],
  ['outlier.max-ejection', '1m', 'cluster.shape.outlier.maxEjection', 60_000, '1s'],
  ['outlier.max-ejected-percent', '10', 'cluster.shape.outlier.maxEjectedPercent', 10, '101'],
  ['slow-start', '30s', 'cluster.shape.slowStart', 30_000, '30'],
  ['panic-threshold', '0', 'cluster.shape.panicThreshold', 0, 'none'],
  ['host', 'endpoint', 'cluster.shape.host', 'endpoint', 'a/b'],
  ['tls', '{ serverName: api.test }', 'cluster.tls.serverName', 'api.test', '{ ca: /etc/ca.pem }'],
  ['tls.verify', 'off', 'cluster.tls.verify', 'off', 'maybe'],
  ['tls.server-name', 'api.test', 'cluster.tls.serverName', 'api.test', '10.0.0.1'],
  ['tls.names', '["URI:spiffe://a/b"]', 'cluster.tls.names', ['URI:spiffe://a/b'], '[a.test]'],
  ['tls.min-version', 'TLSv1.3', 'cluster.tls.minVersion', 'TLSv1.3', 'TLSv1.1'],
  ['tls.max-version', 'TLSv1.2', 'cluster.tls.maxVersion', 'TLSv1.2', '1.2'],
  ['tls.ciphers', '[TLS_AES_128_GCM_SHA256]', 'cluster.tls.ciphers', ['TLS_AES_128_GCM_SHA256'], '[]'],
  ['tls.curves', '[X25519]', 'cluster.tls.curves', ['X25519'], '["*"]'],
  ['tls.ca-secret', 'internal-ca', 'cluster.tls.caSecret', 'internal-ca', 'other/internal-ca'],
  ['tls.certificate-secret', 'edge', 'cluster.tls.certificateSecret', 'edge', 'other/edge'],
]

/** What a value needs beside it to be whole. */
const beside: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'sticky.path': { 't:sticky.cookie': 'shop' },
  'sticky.max-age': { 't:sticky.cookie': 'shop' },
  'sticky.secure': { 't:sticky.cookie': 'shop' },
  'sticky.same-site': { 't:sticky.cookie': 'shop' },
}

const optIn = ['listeners', 'access-log', 'body', 'pool', 'limits', 'health']

describe('an annotation of ours', () => {
  test('has a row in the table of this test, whatever the schema has', () => {
    assert.deepEqual([...nativeAnnotations.keys()].toSorted(), rows.map(([name]) => name).toSorted())
  })

  for (const [name, good, path, value] of rows) {
    test(`${name}: ${good} is taken`, () => {
      const read = readingOf({ [`t:${name}`]: good, ...beside[name] }, { optIn })

      assert.deepEqual(read.problems, [])
      assert.equal(read.blocked, undefined)
      assert.deepEqual(partOf(read, path), value)
    })
  }

  for (const [name, , , , bad] of rows) {
    test(`${name}: ${bad} is left out and told${nativeAnnotations.get(name)?.protects === true ? ', and closes its routes' : ''}`, () => {
      const read = readingOf({ [`t:${name}`]: bad, ...beside[name] }, { optIn })
      const [problem] = read.problems
      const bare = readingOf(beside[name] ?? {}, { optIn })

      assert.equal(problem?.annotation, `tidegate.dev/${name}`)
      assert.equal(problem?.severity, 'error')
      assert.equal(problem?.reason, 'AnnotationInvalid')
      assert.match(problem?.remedy ?? '', /\w/)
      assert.equal(read.blocked !== undefined, nativeAnnotations.get(name)?.protects === true)
      assert.deepEqual(read.route, bare.route)
    })
  }
})
