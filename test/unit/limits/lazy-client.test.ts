import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { root } from '../../support/source-files.ts'

/** Makes a limiter in a process of its own, starts it, asks once, and says what of ioredis was loaded. */
function loadedBy(redis: string): string {
  const script = `
    import { createRequire } from 'node:module'
    import { createLimiter } from '${join(root, 'src/limits/create-limiter.ts')}'
    import { systemClock } from '${join(root, 'src/std/clock.ts')}'
    const settings = { redis: ${redis}, replicas: 1 }
    const limiter = createLimiter(settings, { clock: systemClock, random: () => 0.5, workers: 1, onEvent() {} })
    const kept = setTimeout(() => {}, 10_000)
    await limiter.start()
    await limiter.take([{ limit: { id: 'a', rate: 1, per: 1000, burst: 0, onStoreError: 'local' }, subject: '', cost: 1 }])
    await limiter.close()
    clearTimeout(kept)
    const loaded = Object.keys(createRequire('${join(root, 'package.json')}').cache)
    console.log(loaded.some((file) => file.includes('node_modules/ioredis/')) ? 'loaded' : 'not loaded')`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: root,
    encoding: 'utf8',
  })
  return (stdout + stderr).trim()
}

const place = "{ kind: 'server', address: { host: '127.0.0.1', port: 1 }, database: 0 }"

describe('the client of Redis', () => {
  test('is not loaded by a limiter that counts in memory', () => {
    assert.equal(loadedBy('undefined'), 'not loaded')
  })

  test('is loaded by one that has a Redis, which this test would see', () => {
    assert.equal(loadedBy(`{ place: ${place}, prefix: '', deadline: 30 }`), 'loaded')
  })
})
