import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { redisSettings } from '../../../src/limits/redis-settings.ts'
import { Secret } from '../../../src/model/secret.ts'

function read(url: string): unknown {
  const settings = redisSettings(url)
  if (typeof settings === 'string') return settings
  const { host, port, database, username, password, tls } = settings
  return [host, port, database, username, password?.reveal(), tls === undefined ? 'plain' : 'tls']
}

const right: readonly (readonly [string, readonly unknown[]])[] = [
  ['redis://redis', ['redis', 6379, 0, undefined, undefined, 'plain']],
  ['redis://redis:7000/', ['redis', 7000, 0, undefined, undefined, 'plain']],
  ['redis://10.0.0.1:7000/3', ['10.0.0.1', 7000, 3, undefined, undefined, 'plain']],
  ['redis://[::1]:7000', ['::1', 7000, 0, undefined, undefined, 'plain']],
  ['rediss://redis.test', ['redis.test', 6379, 0, undefined, undefined, 'tls']],
  ['redis://:pass@redis', ['redis', 6379, 0, undefined, 'pass', 'plain']],
  ['redis://user:p%40ss%25@redis', ['redis', 6379, 0, 'user', 'p@ss%', 'plain']],
]

const wrong = [
  '',
  'redis',
  'redis:6379',
  'http://redis',
  'redis://',
  'redis://redis/cache',
  'redis://redis?db=1',
  'redis://redis#1',
  'redis://:canary%zz@redis',
  'redis://user:canary@redis:99999',
  `redis://:${'canary'.repeat(1000)}@redis`,
]

describe('the address of Redis', () => {
  for (const [url, expected] of right) {
    test(`reads ${url}`, () => {
      assert.deepEqual(read(url), expected)
    })
  }

  for (const url of wrong) {
    test(`refuses "${url.slice(0, 40)}" with a sentence that does not hold it`, () => {
      const said = redisSettings(new Secret(url))

      assert.equal(typeof said, 'string')
      assert.doesNotMatch(inspect(said), /canary/)
    })
  }

  test('is printed without its password', () => {
    assert.doesNotMatch(inspect(redisSettings('redis://user:canary@redis'), { depth: 9 }), /canary/)
  })
})
