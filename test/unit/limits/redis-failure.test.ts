import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { failureOf } from '../../../src/limits/redis-failure.ts'

const sha = '6b21714cf0ab147c3122432c1d8fe453d61518c0'
const place = `script: ${sha}, on @user_script:20.`
const inSix = `ERR Error running script (call to f_${sha}): @user_script:20:`
const wrongType = 'WRONGTYPE Operation against a key holding the wrong kind of value'
const noRight = "The user executing the script can't run this command or subcommand"

describe('what Redis says of a call of a script', () => {
  for (const [said, kind] of [
    ["NOPERM this user has no permissions to run the 'evalsha' command", 'auth'],
    [`NOPERM User gateway has no permissions to run the 'zadd' command ${place}`, 'auth'],
    [`ERR ${noRight} ${place}`, 'auth'],
    [`${inSix} @user_script: 20: ${noRight}`, 'auth'],
    [`${wrongType} ${place}`, 'script'],
    [`${inSix} ${wrongType}`, 'script'],
    [`ERR user_script:20: attempt to compare nil with number ${place}`, 'script'],
    [`${inSix} user_script:20: attempt to compare nil with number`, 'script'],
    [`${inSix} @user_script: 20: Script attempted to access a non local key`, 'script'],
    [`${inSix} @user_script: 20: -READONLY You can't write against a read only replica.`, 'readonly'],
    [`OOM command not allowed when used memory > 'maxmemory'. ${place}`, 'memory'],
    [`MISCONF Redis is configured to save RDB snapshots ${place}`, 'other'],
    ['BUSY Redis is busy running a script.', 'other'],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'connection'],
  ] as const) {
    test(`${kind}: ${said}`, () => {
      assert.equal(failureOf(new Error(said), []).kind, kind)
    })
  }
})
