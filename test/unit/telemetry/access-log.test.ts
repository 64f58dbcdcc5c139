import assert from 'node:assert/strict'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Outcome } from '../../../src/model/outcome.ts'
import type { AccessLogRule } from '../../../src/model/route.ts'
import { systemClock } from '../../../src/std/clock.ts'
import { AccessLog } from '../../../src/telemetry/access-log.ts'
import { outcomeOf } from './fixtures/outcome.ts'

describe('AccessLog', () => {
  let folder = ''
  let files = 0
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-'))
  })
  after(() => rm(folder, { recursive: true }))

  function newLog(ruleOf: (route: string) => AccessLogRule | undefined = () => undefined, rolls = [0]) {
    files += 1
    const to = join(folder, `${files}.log`)
    let roll = 0
    const random = () => rolls[roll++ % rolls.length]!
    const settings = { to, format: '%{route} %{status}', query: 'off' } as const
    return { to, log: new AccessLog({ settings, ruleOf, clock: systemClock, random, onDropped: () => {} }) }
  }

  async function written(
    rule: AccessLogRule,
    outcomes: readonly Outcome[],
    rolls?: number[],
  ): Promise<string[]> {
    const { to, log } = newLog(() => rule, rolls)
    await log.start()
    for (const outcome of outcomes) log.onEnd(outcome)
    await log.close()
    return (await readFile(to, 'utf8')).split('\n').slice(0, -1)
  }

  test('logs every request when the route has no rule', async () => {
    const { to, log } = newLog()
    await log.start()

    log.onEnd(outcomeOf())
    log.onEnd(outcomeOf({ route: '', status: 404 }))
    await log.close()

    assert.equal(await readFile(to, 'utf8'), 'shop 200\n- 404\n')
  })

  test('asks for the rule of the route by its id', async () => {
    const asked: string[] = []
    const { log } = newLog((route) => {
      asked.push(route)
      return undefined
    })

    log.onEnd(outcomeOf())
    log.onEnd(outcomeOf({ route: '' }))
    await log.close(0)

    assert.deepEqual(asked, ['shop', ''])
  })

  const outcomes = [
    outcomeOf({ status: 200 }),
    outcomeOf({ status: 301, reason: 'redirect' }),
    outcomeOf({ status: 404 }),
    outcomeOf({ status: 503, reason: 'no_endpoints' }),
    outcomeOf({ status: 206, reason: 'upstream_incomplete' }),
  ]
  const table = [
    ['on', ['shop 200', 'shop 301', 'shop 404', 'shop 503', 'shop 206']],
    ['errors', ['shop 404', 'shop 503', 'shop 206']],
    ['off', []],
  ] as const
  for (const [enabled, lines] of table) {
    test(`"${enabled}" logs ${lines.length} of 5 requests`, async () => {
      assert.deepEqual(await written({ enabled, sample: 1 }, outcomes), lines)
    })
  }

  test('"errors" logs gRPC calls that are not OK', async () => {
    const calls = [0, 5, 14].map((grpcStatus) => outcomeOf({ status: 200 + grpcStatus, grpcStatus }))

    assert.deepEqual(await written({ enabled: 'errors', sample: 1 }, calls), ['shop 205', 'shop 214'])
  })

  test('takes a sample by rolls below its share', async () => {
    const lines = await written({ enabled: 'on', sample: 0.5 }, outcomes, [0.49, 0.5, 0.1, 0.9, 0])

    assert.deepEqual(lines, ['shop 200', 'shop 404', 'shop 206'])
  })

  test('goes on in a new file when it is reopened', async () => {
    const { to, log } = newLog()
    await log.start()
    await rename(to, `${to}.1`)

    await log.reopen()
    log.onEnd(outcomeOf())
    await log.close()

    assert.equal(await readFile(to, 'utf8'), 'shop 200\n')
  })

  test('does nothing when it is off', async () => {
    const settings = { to: 'off', format: 'json', query: 'off' } as const
    const options = {
      settings,
      ruleOf: () => undefined,
      clock: systemClock,
      random: () => 0,
      onDropped: () => {},
    }
    const log = new AccessLog(options)

    await log.start()
    log.onEnd(outcomeOf())
    await log.reopen()
    await log.close()
  })
})
