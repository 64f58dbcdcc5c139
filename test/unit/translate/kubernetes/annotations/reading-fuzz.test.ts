import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { nativeAnnotations } from '../../../../../src/translate/kubernetes/annotations/native-table.ts'
import { nginxFacts } from '../../../../../src/translate/kubernetes/annotations/nginx/table.ts'
import { readingOf } from './reading.ts'

const names = [
  ...Array.from(nativeAnnotations.keys(), (name) => `t:${name}`),
  ...Array.from(nginxFacts.keys(), (name) => `n:${name}`),
]
const words = [
  '[',
  ']',
  '{ ',
  ' }',
  ': ',
  ', ',
  '"',
  "'",
  '*a',
  '&a ',
  '!x ',
  '|',
  '#',
  '\n',
  '\0',
  '$1',
  '%',
  'on',
  '1',
  '5s',
  'é',
  '__proto__',
]
const pieces = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join(''))
const value = fc.oneof(
  pieces,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('1', 'on', 'true', '10s', '[]', '{}'),
)
const annotations = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 })

describe('annotations with any values', () => {
  for (const compat of ['off', 'ingress-nginx'] as const) {
    test(`are read without a throw, and what is told has a remedy, compat: ${compat}`, () => {
      fc.assert(
        fc.property(annotations, annotations, (ofObject, ofClass) => {
          const read = readingOf(ofObject, { compat, defaults: ofClass })

          assert.ok(read.problems.every(({ message, remedy }) => message !== '' && remedy !== ''))
          assert.ok(read.problems.every(({ message, remedy }) => !/[\0\n]/.test(message + remedy)))
        }),
        { numRuns: 1000 },
      )
    })
  }

  test('mean the same in whatever order they stand', () => {
    fc.assert(
      fc.property(annotations, (given) => {
        const reversed = Object.fromEntries(Object.entries(given).toReversed())

        assert.deepEqual(readingOf(reversed).route, readingOf(given).route)
        assert.deepEqual(readingOf(reversed).cluster, readingOf(given).cluster)
        assert.equal(readingOf(reversed).blocked === undefined, readingOf(given).blocked === undefined)
      }),
      { numRuns: 500 },
    )
  })
})
