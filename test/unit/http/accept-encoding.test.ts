import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { acceptedCoding } from '../../../src/http/accept-encoding.ts'

const offered = ['zstd', 'br', 'gzip'] as const

describe('the coding that a client accepts', () => {
  for (const [header, expected] of [
    [undefined, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip, br', 'br'],
    ['GZIP;Q=0.5', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip;q=1.0, br;q=0.9', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000', undefined],
    ['*', 'zstd'],
    ['*;q=0', undefined],
    ['zstd;q=0, *', 'br'],
    ['br;q=0, zstd;q=0, *;q=0.1', 'gzip'],
    ['identity', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['identity;q=0', undefined],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
    ['deflate, compress', undefined],
    [' gzip ;\tq=0.8 ', 'gzip'],
    ['gzip;q=2', undefined],
    ['gzip;q=-1', undefined],
    ['gzip;q=0.0001', undefined],
    ['gzip;level=9', undefined],
    [',,,gzip,,', 'gzip'],
  ] as const) {
    test(`of ${JSON.stringify(header)} is ${expected ?? 'none'}`, () => {
      assert.equal(acceptedCoding(header, offered), expected)
    })
  }

  test('is one with the largest weight, and never one that is refused', () => {
    const coding = fc.constantFrom('zstd', 'br', 'gzip', 'identity', '*', 'deflate')
    const weights = fc.uniqueArray(fc.tuple(coding, fc.integer({ min: 0, max: 10 })), {
      selector: ([name]) => name,
      maxLength: 6,
    })

    fc.assert(
      fc.property(weights, (entries) => {
        const header = entries.map(([name, tenths]) => `${name};q=${(tenths / 10).toFixed(1)}`).join(', ')
        const weight = new Map<string, number>(entries)
        const of = (name: string) => weight.get(name) ?? weight.get('*') ?? 0

        const chosen = acceptedCoding(header, offered)

        const best = Math.max(...offered.map(of))
        if (best === 0 || best < (weight.get('identity') ?? 0)) assert.equal(chosen, undefined)
        else
          assert.equal(
            chosen,
            offered.find((one) => of(one) === best),
          )
      }),
    )
  })
})
