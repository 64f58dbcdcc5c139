import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Generations } from '../../../src/tls/generations.ts'

describe('Generations', () => {
  test('keeps over a change what is asked for behind it', () => {
    const values = new Generations<number>()
    values.set('used', 1)
    values.set('unused', 2)

    for (let change = 0; change < 3; change++) {
      values.turn()
      values.get('used')
    }

    assert.equal(values.get('used'), 1)
    assert.equal(values.get('unused'), undefined)
  })

  test('forgets nothing at the first change', () => {
    const values = new Generations<number>()
    values.set('a', 1)

    values.turn()

    assert.equal(values.get('a'), 1)
  })
})
