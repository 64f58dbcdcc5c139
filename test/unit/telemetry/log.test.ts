import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Secret } from '../../../src/model/secret.ts'
import { Logger, type LoggerOptions } from '../../../src/telemetry/log.ts'

function newLogger(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = []
  let now = Date.UTC(2026, 10, 20, 16, 2, 11, 123)
  const log = new Logger({
    level: 'info',
    format: 'json',
    write: (line) => lines.push(line),
    wall: () => now,
    fields: {},
    ...options,
  })
  return { log, lines, wait: (ms: number) => (now += ms), read: () => lines.map((line) => JSON.parse(line)) }
}

describe('Logger', () => {
  test('writes one JSON object a line', () => {
    const { log, lines, read } = newLogger({ fields: { process: 'worker-1' } })

    log.info('configuration loaded', { routes: 3, file: 'a.yaml', ok: true, none: undefined, nothing: null })

    assert.ok(lines[0]?.endsWith('}\n'))
    assert.deepEqual(read(), [
      {
        time: '2026-11-20T16:02:11.123Z',
        level: 'info',
        message: 'configuration loaded',
        process: 'worker-1',
        routes: 3,
        file: 'a.yaml',
        ok: true,
        nothing: null,
      },
    ])
  })

  test('writes text that a person can read', () => {
    const { log, lines } = newLogger({ format: 'text' })

    log.warn('endpoint ejected', { cluster: 'api', cause: 'five failures "in a row"' })

    assert.deepEqual(lines, [
      '2026-11-20T16:02:11.123Z WARN  endpoint ejected cluster=api cause="five failures \\"in a row\\""\n',
    ])
  })

  test('colours the level on a terminal', () => {
    const { log, lines } = newLogger({ format: 'terminal' })

    log.error('no')

    assert.equal(lines[0], '2026-11-20T16:02:11.123Z \u001b[31mERROR\u001b[0m no\n')
  })

  test('leaves out what is below its level, until that is changed', () => {
    const { log, read } = newLogger({ level: 'warn' })
    const child = log.child({ a: 1 })

    log.info('one')
    child.warn('two')
    log.setLevel('debug')
    child.debug('three')

    assert.deepEqual(
      read().map(({ message }) => message),
      ['two', 'three'],
    )
  })

  test('puts the fields of a child on its lines only', () => {
    const { log, read } = newLogger({ fields: { process: 'control' } })

    log.child({ source: 'file' }).info('one')
    log.info('two')

    assert.deepEqual(
      read().map(({ process, source }) => [process, source]),
      [
        ['control', 'file'],
        ['control', undefined],
      ],
    )
  })

  for (const format of ['json', 'text'] as const) {
    test(`keeps one event on one ${format} line whatever is in it`, () => {
      const { log, lines } = newLogger({ format })
      const evil = 'x"}\r\n\u001b[2J\u2028{"level":"info"}'

      log.info(evil, { [evil]: evil, nested: { evil } })

      assert.equal(lines.length, 1)
      assert.equal(lines[0]?.indexOf('\n'), (lines[0]?.length ?? 0) - 1)
      assert.doesNotMatch(lines[0]?.trimEnd() ?? '', /[\p{Cc}\p{Zl}]/u)
    })
  }

  test('cuts long fields', () => {
    const { log, read } = newLogger()

    log.info('m', { text: 'x'.repeat(1_000_000) })

    assert.equal(read()[0].text.length, 1024)
  })

  test('gives message and code of an error, and the stack when it has no code', () => {
    const { log, read } = newLogger()

    log.error('one', { error: Object.assign(new Error('disk full'), { code: 'ENOSPC' }) })
    log.error('two', { error: new TypeError('x is not a function', { cause: new Error('because') }) })

    const [one, two] = read()
    assert.deepEqual([one.error, one.code, one.stack], ['disk full', 'ENOSPC', undefined])
    assert.equal(two.error, 'x is not a function: because')
    assert.match(two.stack, /^TypeError: x is not a function\n {4}at /)
  })

  test('never prints a secret, however it gets in', () => {
    const { log, lines } = newLogger()
    log.hide('canary')
    log.hide('')

    log.info('canary', { text: 'a canary sings' })
    log.info('m', { token: 'tok-en', nested: { password: 'tok-en', list: [{ authorization: 'tok-en' }] } })
    log.info('m', { secret: new Secret('tok-en'), value: new Secret('tok-en'), url: 'redis://u:tok-en@h/0' })
    log.info('sent Authorization: Bearer tok-en-tok-en', {
      error: new Error('https://u:tok-en@h/?token=tok-en'),
    })

    const all = lines.join('')
    assert.ok(!all.includes('canary') && !all.includes('tok-en'), all)
    assert.ok(all.split('[secret]').length > 10)
  })

  test('prints what cannot be made into JSON all the same', () => {
    const { log, read } = newLogger()
    const loop: Record<string, unknown> = {}
    loop['self'] = loop

    log.info('m', { loop, big: 10n, not: Number.NaN })

    const [line] = read()
    assert.deepEqual([line.loop, line.big, line.not], ['(cannot be printed)', '10', 'NaN'])
  })
})

describe('Logger.sampled', () => {
  test('writes one line per class and second, and says what it left out', () => {
    const { log, read, wait } = newLogger()

    for (let i = 0; i < 100; i += 1) log.sampled('bad_head', 'warn', 'bad head', { i })
    log.sampled('bad_chunk', 'warn', 'bad chunk')
    wait(1000)
    log.sampled('bad_head', 'warn', 'bad head', { i: 100 })
    wait(1000)
    log.sampled('bad_head', 'warn', 'bad head', { i: 101 })

    assert.deepEqual(
      read().map(({ message, i, suppressed }) => [message, i, suppressed]),
      [
        ['bad head', 0, undefined],
        ['bad chunk', undefined, undefined],
        ['bad head', 100, 99],
        ['bad head', 101, undefined],
      ],
    )
  })

  test('goes on when the clock of the host is set back', () => {
    const { log, lines, wait } = newLogger()

    log.sampled('a', 'warn', 'm')
    wait(-3_600_000)
    log.sampled('a', 'warn', 'm')

    assert.equal(lines.length, 2)
  })
})
