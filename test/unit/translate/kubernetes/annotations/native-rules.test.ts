import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nativeAnnotations } from '../../../../../src/translate/kubernetes/annotations/native-table.ts'
import { defaultOf } from '../../../../../src/translate/read/value.ts'
import { routeSchema } from '../../../../../src/translate/schema/route.ts'
import { partOf, readingOf, reasonsOf, told } from './reading.ts'

describe('annotations of ours together', () => {
  test('let a part win over the whole it belongs to, whatever their order', () => {
    const first = readingOf({ 't:timeouts': '{ total: 30s, idle: 5s }', 't:timeouts.total': '10s' })
    const second = readingOf({ 't:timeouts.total': '10s', 't:timeouts': '{ total: 30s, idle: 5s }' })

    assert.deepEqual(first.route.timeouts, { total: 10_000, perTry: 60_000, idle: 5000 })
    assert.equal(second.route, first.route)
  })

  test('have the defaults of a part that somebody began, not those of one that is left out', () => {
    assert.deepEqual(readingOf({ 't:retry.attempts': '2' }).route.retry.on, ['connect', 'reset'])
    assert.deepEqual(readingOf({ 't:timeouts.total': '2s' }).route.retry.on, [])
  })

  test('are checked against each other', () => {
    const read = readingOf({ 't:retry.backoff.base': '10s', 't:retry.backoff.max': '1s' })

    assert.deepEqual(told(read), [
      'AnnotationInvalid tidegate.dev/retry.backoff.base: retry.backoff.base is longer than "max": nothing of what is said of "retry" is taken; write a shorter one, or a longer "max"',
    ])
    assert.equal(read.route.retry, readingOf({}).route.retry)
  })

  test('are checked across the parts of a cluster when the protocol is said', () => {
    const read = readingOf({ 't:backend-protocol': 'grpc', 't:proxy-protocol': 'v1' })

    assert.equal(read.cluster.shape.proxyProtocol, 'off')
    assert.deepEqual(reasonsOf(read), ['AnnotationInvalid t:proxy-protocol'])
  })

  test('leave a check by gRPC alone when appProtocol may yet say that it fits', () => {
    assert.deepEqual(readingOf({ 't:health.kind': 'grpc' }).problems, [])
    assert.deepEqual(readingOf({ 't:health.kind': 'grpc', 't:backend-protocol': 'h2c' }).problems, [])
    assert.equal(
      readingOf({ 't:health.kind': 'grpc', 't:protocol': 'http/1.1' }).cluster.shape.health,
      undefined,
    )
  })

  test('take limits of their own as they stand there, and from no file', () => {
    const limited = (overrides: string) =>
      readingOf({ 't:filters': `[{ rateLimit: { rate: 1/s, overrides: ${overrides} } }]` })

    assert.deepEqual(told(limited('{ 10.0.0.1: 5/s }')), [])
    assert.match(
      told(limited('/etc/passwd')).join(),
      /in a file of the gateway, which an Ingress cannot name/,
    )
  })

  test('need a name for a cookie that is described', () => {
    const read = readingOf({ 't:sticky.path': '/shop' })

    assert.equal(read.cluster.shape.sticky, undefined)
    assert.match(told(read)[0] ?? '', /sticky has no "cookie", which a sticky cookie needs/)
  })

  test('verify once they name authorities', () => {
    const read = readingOf({ 't:tls': '{ verify: off }', 't:tls.ca-secret': 'ca' })

    assert.equal(partOf(read, 'cluster.tls.verify'), 'on')
  })

  test('close the routes when TLS is said in a way that cannot be', () => {
    const read = readingOf({ 't:tls.verify': 'off', 't:tls.ca-secret': 'ca' })

    assert.match(read.blocked ?? '', /tls.verify .*cannot be obeyed/)
  })
})

describe('short forms', () => {
  for (const [word, protocol, tls] of [
    ['http', 'http/1.1', 'off'],
    ['https', 'http/1.1', 'on'],
    ['h2c', 'h2', 'off'],
    ['grpc', 'h2', 'off'],
    ['grpcs', 'h2', 'on'],
    ['ws', 'http/1.1', 'off'],
    ['wss', 'http/1.1', 'on'],
  ] as const) {
    test(`backend-protocol: ${word} stands for ${protocol}, TLS ${tls}`, () => {
      const { cluster } = readingOf({ 't:backend-protocol': word })

      assert.equal(cluster.protocol, protocol)
      assert.equal(cluster.tls === 'off' ? 'off' : cluster.tls?.verify, tls)
    })
  }

  test('give way to what they stand for', () => {
    const { cluster } = readingOf({
      't:backend-protocol': 'https',
      't:protocol': 'h2',
      't:tls.verify': 'off',
    })

    assert.equal(cluster.protocol, 'h2')
    assert.equal(
      partOf(readingOf({ 't:backend-protocol': 'https', 't:tls.verify': 'off' }), 'cluster.tls.verify'),
      'off',
    )
  })

  test('leave protocol and TLS open when nobody says anything', () => {
    const { cluster, tlsRedirect } = readingOf({})

    assert.equal(cluster.protocol, undefined)
    assert.equal(cluster.tls, undefined)
    assert.equal(tlsRedirect, undefined)
  })

  test('rewrite before the filters', () => {
    const { filters } = readingOf({ 't:rewrite': '/', 't:filters': '[{ rewrite: { host: b.test } }]' }).route

    assert.deepEqual(
      filters.map((filter) => filter.kind === 'rewrite' && [filter.path?.kind, filter.host]),
      [
        ['prefix', undefined],
        [undefined, 'b.test'],
      ],
    )
  })
})

/** What takes from others or hides from the operator, with a value, and where else it can be written. */
const risky = [
  ['listeners', '[web]', undefined],
  ['access-log', '{ enabled: off }', undefined],
  ['access-log.enabled', 'off', undefined],
  ['access-log.sample', '0', undefined],
  ['body.buffer', '1MiB', ['body', '{ buffer: 1MiB }']],
  ['body.mode', 'stream', ['body', '{ mode: stream }']],
  ['pool', '{ idle: 2s }', undefined],
  ['pool.idle', '2s', undefined],
  ['pool.age', '2s', undefined],
  ['pool.idle-connections', '9', undefined],
  ['limits', '{ requests: 9 }', undefined],
  ['limits.connections', '9', undefined],
  ['limits.pending', '9', undefined],
  ['limits.requests', '9', undefined],
  ['limits.streams', '9', undefined],
  ['health.interval', '1m', ['health', '{ interval: 1m }']],
] as const

describe('a risky annotation', () => {
  test('is one of these', () => {
    const names = [...nativeAnnotations.values()]
      .filter(({ optIn }) => optIn !== undefined)
      .map(({ name }) => name)

    assert.deepEqual(names.toSorted(), risky.map(([name]) => name).toSorted())
  })

  for (const [name, value, elsewhere] of risky) {
    test(`${name} is refused unless the operator lists it`, () => {
      const [asPart, text] = elsewhere ?? [name, value]

      assert.deepEqual(reasonsOf(readingOf({ [`t:${name}`]: value })), [`AnnotationRefused t:${name}`])
      assert.deepEqual(reasonsOf(readingOf({ [`t:${asPart}`]: text })), [`AnnotationRefused t:${asPart}`])
      assert.deepEqual(readingOf({ [`t:${name}`]: value }, { optIn: [name] }).problems, [])
      assert.deepEqual(readingOf({ [`t:${asPart}`]: text }, { optIn: [name] }).problems, [])
      assert.deepEqual(readingOf({}, { defaults: { [name]: value } }).problems, [])
    })
  }

  test('closes its routes when it was to keep somebody out', () => {
    assert.match(readingOf({ 't:listeners': '[internal]' }).blocked ?? '', /listeners is refused/)
  })
})

describe('what annotations may not say', () => {
  for (const name of ['tls.ca', 'tls.crl', 'tls.certificate', 'tls.certificate.cert']) {
    test(`${name}: a file of the gateway`, () => {
      const read = readingOf({ [`t:${name}`]: '/etc/x.pem' })

      assert.match(told(read)[0] ?? '', /^AnnotationRefused .*would name a file of the gateway.*-secret"/)
      assert.notEqual(read.blocked, undefined)
    })
  }

  for (const name of ['connection', 'transfer-encoding', 'content-length', 'host', 'te', ':path']) {
    test(`${name}: a header of framing or of one hop`, () => {
      const read = readingOf({ 't:filters': `[{ requestHeaders: { set: { "${name}": x } } }]` })

      assert.deepEqual(reasonsOf(read), ['AnnotationInvalid t:filters'])
      assert.deepEqual(read.route.filters, [])
    })
  }

  for (const name of [
    'X-Forwarded-For',
    'forwarded',
    'x-forwarded-client-cert',
    'ssl-client-verify',
    'l5d-ctx',
    'x-real-ip',
  ]) {
    test(`${name}: a header by which upstreams know who asks`, () => {
      const read = readingOf({ 't:filters': `[{ requestHeaders: { add: { ${name}: x } } }]` })

      assert.match(told(read)[0] ?? '', /by which upstreams know who asks; leave it out/)
      assert.notEqual(read.blocked, undefined)
    })
  }

  test('but that of the prefix a path had is fine', () => {
    const read = readingOf({ 't:filters': '[{ requestHeaders: { set: { x-forwarded-prefix: /a } } }]' })

    assert.deepEqual(read.problems, [])
  })

  for (const value of ['a\\r\\nb: c', 'a\\0b']) {
    test(`a header with ${value}`, () => {
      const read = readingOf({ 't:filters': `[{ responseHeaders: { set: { x-a: "${value}" } } }]` })

      assert.match(told(read)[0] ?? '', /line break or a control character|is not YAML/)
    })
  }

  test('allow-from, which belongs to Secrets', () => {
    assert.match(
      told(readingOf({ 't:allow-from': 'other' }))[0] ?? '',
      /belongs to Secrets.*put it on the Secret/,
    )
  })

  test('something unknown, which is told with what was probably meant', () => {
    const read = readingOf({ 't:timeouts.pertry': '5s', 't:whatever-this-is': 'x' })

    assert.match(told(read)[0] ?? '', /^AnnotationUnknown .*did you mean "tidegate.dev\/timeouts.per-try"\?/)
    assert.match(told(read)[1] ?? '', /^AnnotationUnknown .*see the list/)
    assert.equal(read.problems[0]?.severity, 'warning')
  })

  test('a listener that does not exist', () => {
    const read = readingOf({ 't:listeners': '[wbe]' }, { optIn: ['listeners'] })

    assert.match(told(read)[0] ?? '', /did you mean "web"\?/)
  })

  test('a reference to the environment', () => {
    assert.match(told(readingOf({ 't:sticky.cookie': '${HOME}' }))[0] ?? '', /refers to the environment/)
  })

  test('a bomb of aliases', () => {
    const lists = [
      '&a [x,x,x,x,x,x,x,x]',
      ...Array.from('bcdefgh', (name, index) => `&${name} [${`*${'abcdefg'[index]},`.repeat(8)}]`),
    ]
    const bomb = `[${lists.join(',')}]`

    assert.equal(readingOf({ 't:methods': bomb }).problems[0]?.reason, 'AnnotationInvalid')
  })

  test('anything by names of prototypes', () => {
    const read = readingOf({ 't:__proto__': 'x', 't:constructor': 'x', 't:headers': '{ __proto__: x }' })

    assert.deepEqual(reasonsOf(read).toSorted(), [
      'AnnotationUnknown t:__proto__',
      'AnnotationUnknown t:constructor',
    ])
    assert.deepEqual(read.route.match.headers, [{ name: '__proto__', value: { kind: 'exact', value: 'x' } }])
  })
})

describe('an Ingress without annotations', () => {
  test('has the very parts of a route in a file that says nothing', () => {
    const { route } = readingOf({})

    assert.equal(route.timeouts, defaultOf(routeSchema.properties.timeouts))
    assert.equal(route.retry, defaultOf(routeSchema.properties.retry))
    assert.equal(route.body, defaultOf(routeSchema.properties.body))
    assert.equal(route.accessLog, defaultOf(routeSchema.properties.accessLog))
  })

  test('has a cluster without variant', () => {
    assert.equal(readingOf({}).cluster.variant, '')
    assert.match(readingOf({ 't:balance': 'ewma' }).cluster.variant, /^[\w-]{8}$/)
  })
})
