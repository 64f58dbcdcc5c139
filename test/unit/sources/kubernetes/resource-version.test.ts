import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compareVersions, isOlder } from '../../../../src/sources/kubernetes/resource-version.ts'

describe('versions of objects', () => {
  const rows: readonly (readonly [string, string, 'older' | 'newer' | 'same' | 'unknown'])[] = [
    ['9', '10', 'older'],
    ['100', '99', 'newer'],
    ['7', '7', 'same'],
    ['9007199254740993', '9007199254740992', 'newer'],
    ['123456789012345678901234567890', '123456789012345678901234567891', 'older'],
    ['', '7', 'unknown'],
    ['abc', 'abd', 'unknown'],
    ['07', '8', 'unknown'],
    ['0', '1', 'unknown'],
  ]
  for (const [a, b, expected] of rows) {
    test(`${a === '' ? 'nothing' : a} beside ${b}: ${expected}`, () => {
      const order = compareVersions(a, b)

      assert.equal(
        order === undefined ? 'unknown' : order < 0 ? 'older' : order > 0 ? 'newer' : 'same',
        expected,
      )
      assert.equal(isOlder(a, b), expected === 'older')
    })
  }
})
