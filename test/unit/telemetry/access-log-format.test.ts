import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { millis } from '../../../src/telemetry/access-log-fields.ts'
import { compileFormat } from '../../../src/telemetry/access-log-format.ts'
import { outcomeOf } from './fixtures/outcome.ts'

const json = compileFormat('json', 'off')

describe('JSON access log lines', () => {
  test('hold what happened, one object a line', () => {
    const line = json(outcomeOf({}, { 'user-agent': 'curl/8' }))

    assert.ok(line.endsWith('}\n'))
    assert.deepEqual(JSON.parse(line), {
      time: '2026-11-20T16:02:11.123Z',
      request_id: '0af7651916cd43dd8448eb211c80319c',
      listener: 'web',
      route: 'shop',
      cluster: 'api',
      endpoint: '10.0.0.5:8080',
      client: '203.0.113.7',
      protocol: 'HTTP/1.1',
      scheme: 'http',
      method: 'GET',
      host: 'shop.example.com',
      path: '/api/x',
      status: 200,
      duration_ms: 1.234,
      request_bytes: 0,
      response_bytes: 123,
      attempts: 1,
      connect_ms: 0,
      upstream_ms: 0.9,
      user_agent: 'curl/8',
    })
  })

  test('say why the gateway answered itself, and leave out what there was not', () => {
    const reason = {
      status: 404,
      reason: 'no_route_host',
      detail: 'host "a"',
      route: '',
      cluster: '',
    } as const
    const nothing = { endpoint: '', attempts: 0, upstreamMs: -1, peerAddress: '10.0.0.1' }

    const line = JSON.parse(json(outcomeOf({ ...reason, ...nothing })))

    assert.equal(line.reason, 'no_route_host')
    assert.equal(line.detail, 'host "a"')
    assert.equal(line.peer, '10.0.0.1')
    const absent = ['route', 'cluster', 'endpoint', 'attempts', 'connect_ms', 'upstream_ms', 'user_agent']
    assert.deepEqual(
      absent.filter((name) => name in line),
      [],
    )
  })

  const tunnel = {
    ...({ protocol: 'TCP', scheme: 'tcp', route: '', method: '', host: '', path: '', status: 0 } as const),
    upstreamMs: -1,
    connectMs: 0.5,
    requestBytes: 7,
  }

  test('say of a tunnel what it has: no method, path or status', () => {
    const line = JSON.parse(json(outcomeOf(tunnel)))

    assert.deepEqual(line, {
      time: '2026-11-20T16:02:11.123Z',
      request_id: '0af7651916cd43dd8448eb211c80319c',
      listener: 'web',
      cluster: 'api',
      endpoint: '10.0.0.5:8080',
      client: '203.0.113.7',
      protocol: 'TCP',
      scheme: 'tcp',
      duration_ms: 1.234,
      request_bytes: 7,
      response_bytes: 123,
      attempts: 1,
      connect_ms: 0.5,
    })
  })

  test('say the server name of a tunnel over TLS', () => {
    const line = JSON.parse(
      json(outcomeOf({ ...tunnel, scheme: 'tls', host: 'a.test', reason: 'tunnel_idle' })),
    )

    assert.deepEqual([line.scheme, line.host, line.reason], ['tls', 'a.test', 'tunnel_idle'])
  })

  test('print a hyphen for the status of a tunnel', () => {
    const format = compileFormat('%{client} %{protocol} %{status} %{path} %{request_bytes}', 'off')

    assert.equal(format(outcomeOf(tunnel)), '203.0.113.7 TCP - - 7\n')
  })

  test('stay one line whatever a client sends', () => {
    const evil = 'x"}\r\n{"fake":1}\u001b[2J\u2028'

    const line = json(
      outcomeOf({ path: evil, host: evil, method: evil, detail: evil }, { 'user-agent': evil }),
    )

    assert.equal(line.indexOf('\n'), line.length - 1)
    const read = JSON.parse(line)
    assert.deepEqual([read.path, read.host, read.method, read.user_agent], [evil, evil, evil, evil])
    assert.ok(!line.includes('\u001b') && !line.includes('\u2028'))
  })

  test('cut a field at a kilobyte', () => {
    const line = json(outcomeOf({}, { 'user-agent': 'x'.repeat(1_000_000) }))

    assert.ok(line.length < 2048)
    assert.equal(JSON.parse(line).user_agent, `${'x'.repeat(1023)}…`)
  })

  test('hold no query unless asked, and then none of its secrets', () => {
    const outcome = outcomeOf({ query: 'a=1&token=canary' })

    assert.ok(!json(outcome).includes('a=1'))
    assert.equal(JSON.parse(compileFormat('json', 'on')(outcome)).query, 'a=1&token=[secret]')
  })

  test('keep the time of day when requests end out of order', () => {
    const times = [1000, 999, 61_000, 61_001, 1000].map(
      (ms) => JSON.parse(json(outcomeOf({ startedWall: ms }))).time,
    )

    assert.deepEqual(
      times,
      [1000, 999, 61_000, 61_001, 1000].map((ms) => new Date(ms).toISOString()),
    )
  })
})

describe('access log templates', () => {
  const outcome = outcomeOf(
    { query: 'a=1&token=canary' },
    {
      'user-agent': 'a "quoted" agent',
      authorization: 'Bearer canary',
      referer: 'https://a.test/x?token=canary',
    },
  )
  const table = [
    ['%{client} "%{method} %{path}" %{status}', '203.0.113.7 "GET /api/x" 200'],
    ['%{reason} %{header:x-none} %{upstream_ms}', '- - 0.900'],
    ['"%{header:User-Agent}"', '"a \\"quoted\\" agent"'],
    ['100%% %{duration_ms}', '100% 1.234'],
    ['%{header:authorization}', '[secret]'],
    ['%{referer}', 'https://a.test/x'],
    ['two\nlines', 'two lines'],
    ['%{query}', '-'],
  ] as const
  for (const [template, expected] of table) {
    test(`${JSON.stringify(template)} gives ${JSON.stringify(expected)}`, () => {
      assert.equal(compileFormat(template, 'off')(outcome), `${expected}\n`)
    })
  }

  test('show a query when asked, without its secrets', () => {
    assert.equal(compileFormat('%{query}', 'on')(outcome), 'a=1&token=[secret]\n')
  })

  const refused = [
    ['%{sttus}', /no field "sttus": write one of time, request_id/],
    ['50% of %{status}', /lone "%": write "%%"/],
    ['%{header:a b}', /no header "a b"/],
  ] as const
  for (const [template, message] of refused) {
    test(`${template} is refused with a remedy`, () => {
      assert.throws(() => compileFormat(template, 'off'), { name: 'RangeError', message })
    })
  }
})

describe('millis', () => {
  const table = [
    [0, '0.000'],
    [0.0004, '0.000'],
    [0.0006, '0.001'],
    [0.9996, '1.000'],
    [12.3456, '12.346'],
    [3_600_000.5, '3600000.500'],
    [-1, '0.000'],
    [Number.NaN, '0.000'],
  ] as const
  for (const [ms, text] of table) test(`writes ${ms} as ${text}`, () => assert.equal(millis(ms), text))
})
