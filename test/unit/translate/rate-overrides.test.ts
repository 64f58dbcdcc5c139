import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { printModel } from '../../../src/model/print.ts'
import { testFolder } from '../../support/folder.ts'
import { type Config, modelOf, problemsOf } from '../../support/gateway.ts'

const header = { header: 'x-tenant' }

function configOf(rateLimit: Config): Config {
  return {
    listeners: [{ name: 'web', address: '127.0.0.1:8080' }],
    routes: [{ filters: [{ rateLimit: { key: header, rate: '10/s', ...rateLimit } }, { respond: {} }] }],
  }
}

function overridesOf(rateLimit: Config) {
  const spec = modelOf(configOf(rateLimit)).routes[0]?.filters[0]
  return spec?.kind === 'rateLimit' ? (spec.rules[0]?.overrides ?? []) : []
}

function told(rateLimit: Config): string {
  return problemsOf(configOf(rateLimit))
    .map(({ message, remedy }) => `${message}; ${remedy}`)
    .join('\n')
}

/** A file of limits for the time of a test. */
function fileOf(text: string | Buffer) {
  const folder = testFolder()
  folder.write('limits.txt', text)
  return { path: `${folder.path}/limits.txt`, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

describe('limits of their own', () => {
  test('are a rate, or a rate and its burst', () => {
    assert.deepEqual(overridesOf({ overrides: { a: '500/s', 'b c': { rate: '60/m', burst: 0 } } }), [
      { name: 'a', kind: 'rate', rate: 500, per: 1000, burst: 500 },
      { name: 'b c', kind: 'rate', rate: 60, per: 60_000, burst: 0 },
    ])
  })

  test('are quotas where the rule is one', () => {
    const rule = { rate: undefined, quota: '10/d', overrides: { a: '500/h' } }

    assert.deepEqual(overridesOf(rule), [{ name: 'a', kind: 'quota', rate: 500, per: 3_600_000, burst: 0 }])
  })

  test('may stand in a file, with comments and any name', () => {
    using file = fileOf(
      '# who\r\n\n__proto__: 1/s\n a:b: 500/s\nMünchen GmbH:\t60/m 7  \n2001:db8::/64: 5/s\n',
    )

    assert.deepEqual(
      overridesOf({ overrides: file.path }).map(({ name, rate, burst }) => [name, rate, burst]),
      [
        ['__proto__', 1, 1],
        ['a:b', 500, 500],
        ['München GmbH', 60, 7],
        ['2001:db8::/64', 5, 5],
      ],
    )
  })

  test('are read behind the mark that some editors put at the start of a file', () => {
    using file = fileOf('\ufeff# tenants\na: 500/s\n')

    assert.deepEqual(
      overridesOf({ overrides: file.path }).map(({ name }) => name),
      ['a'],
    )
  })

  test('may be thousands, read in little time', () => {
    using file = fileOf(Array.from({ length: 20_000 }, (_, i) => `tenant-${i}: ${i + 1}/s`).join('\n'))

    assert.equal(overridesOf({ overrides: file.path }).length, 20_000)
  })

  for (const [what, rule, expected] of [
    ['no rate', { overrides: { a: '5 per s' } }, /"5 per s" is not a rate; write "5\/s"/],
    ['nobody', { overrides: { '': '5/s' } }, /overrides .*are wrong: "" names nobody/],
    ['everybody together', { key: 'everyone', overrides: { a: '5/s' } }, /are for nobody: "everyone"/],
    ['paths', { key: ['path', header], overrides: { a: '5/s' } }, /are for nobody: "path" is one/],
    ['no address', { key: 'client-ip', overrides: { a: '5/s' } }, /"a" is no address of a client/],
    [
      'a block that is not counted',
      { key: 'client-ip', overrides: { '10.0.0.0/8': '5/s' } },
      /"10\.0\.0\.0\/8" is another block than those that are counted, of 32 bits; change it, or "prefix"/,
    ],
    ['too little for one', { cost: 5, overrides: { a: '1/s' } }, /"a" admits 2 at once, and .* counts for 5/],
    [
      'a burst of a quota',
      { rate: undefined, quota: '9/d', overrides: { a: { rate: '5/d', burst: 3 } } },
      /"a" has a burst, which a quota has not/,
    ],
    [
      'a quota of a second',
      { rate: undefined, quota: '9/d', overrides: { a: '5/s' } },
      /"a" is over less than a minute/,
    ],
    [
      'one address twice',
      { key: 'client-ip', overrides: { '10.0.0.1': '5/s', '10.0.0.1/32': '6/s' } },
      /"10\.0\.0\.1\/32" is counted together with "10\.0\.0\.1"; remove one of them/,
    ],
    [
      'one block twice',
      { key: ['client-ip', header], overrides: { '2001:db8::1': '5/s', '2001:DB8:0:0:2::/64': '6/s' } },
      /"2001:DB8:0:0:2::\/64" is counted together with "2001:db8::1"; remove one of them/,
    ],
    [
      'one address in IPv6',
      { key: 'client-ip', overrides: { '::ffff:10.0.0.1': '5/s', '10.0.0.1': '6/s' } },
      /"10\.0\.0\.1" is counted together with "::ffff:10\.0\.0\.1"/,
    ],
    [
      'one host twice',
      { key: 'host', overrides: { 'a.test': '5/s', 'A.test': '6/s' } },
      /"A\.test" is counted together with/,
    ],
    [
      'a host with a port',
      { key: 'host', overrides: { 'A.test:80': '5/s' } },
      /"A\.test:80" is no host as requests are counted by; write "a\.test"/,
    ],
    [
      'a host with its last dot',
      { key: ['host', header], overrides: { 'a.test.': '5/s' } },
      /"a\.test\." is no host .*; write "a\.test"/,
    ],
    [
      'a host that is not as DNS has it',
      { key: 'host', overrides: { 'bücher.test': '5/s' } },
      /"bücher\.test" is no host .*; write "xn--bcher-kva\.test"/,
    ],
    [
      'several hosts',
      { key: 'host', overrides: { '*.a.test': '5/s' } },
      /"\*\.a\.test" is no host .*; write one such as "shop\.example\.com"/,
    ],
    ['a file that is not there', { overrides: 'absent.txt' }, /file .*absent\.txt.* cannot be read|absent/],
  ] as const) {
    test(`are refused when they are ${what}`, () => {
      assert.match(told(rule), expected)
    })
  }

  for (const [what, text, expected] of [
    ['no rate', 'a: 5/s\nb: many\n', /limits\.txt" line 2: "many" is not a rate; write a number and a time/],
    ['no name', '5/s\n', /line 1: is no limit; write "NAME: RATE" or "NAME: RATE BURST"/],
    ['a name twice', 'a: 5/s\nb: 5/s\na: 6/s\n', /line 3: "a" stands there twice; remove one of them/],
    ['too little for one', 'a: 1/s\n', /line 1: "a" admits 2 at once/],
  ] as const) {
    test(`are refused with the line of a file that has ${what}`, () => {
      using file = fileOf(text)

      assert.match(told({ cost: 3, overrides: file.path }), expected)
    })
  }

  test('are refused when their file is not UTF-8', () => {
    using file = fileOf(Buffer.from('M\xfcnchen: 5/s\n', 'latin1'))

    assert.match(told({ overrides: file.path }), /limits\.txt" is not UTF-8; write it in UTF-8/)
  })

  test('are refused with the line of a file that has an address in two forms', () => {
    using file = fileOf('10.0.0.1: 5/s\n10.0.0.2: 5/s\n10.0.0.1/32: 6/s\n')

    assert.match(
      told({ key: 'client-ip', overrides: file.path }),
      /line 3: "10\.0\.0\.1\/32" is counted together with "10\.0\.0\.1"; remove one of them/,
    )
  })

  test('may be hosts and addresses of hosts', () => {
    const overrides = { 'A.test': '5/s', '10.0.0.1': '5/s', '[2001:db8::1]': '5/s', a_b: '5/s' }

    assert.equal(told({ key: 'host', overrides }), '')
  })

  test('may differ in case where requests do', () => {
    assert.equal(overridesOf({ overrides: { a: '5/s', A: '6/s' } }).length, 2)
  })

  test('are shown without their names where these are secrets', () => {
    const shown = (key: unknown) =>
      printModel(modelOf(configOf({ key, overrides: { sesame: '5/s' } })), 'yaml')

    assert.doesNotMatch(shown({ header: 'x-api-key' }), /sesame/)
    assert.match(shown(header), /sesame/)
    assert.ok(parse(shown(header)))
  })
})
