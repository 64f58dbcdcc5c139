import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { RE2JS } from 're2js'
import { compileRegex, estimateProgram, maxProgram, regexProblem } from '../../../src/std/regex.ts'

describe('a regex', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['/user/[0-9]+', '/user/17', true],
    ['/user/[0-9]+', '/user/17/x', false],
    ['/user/[0-9]+', '/x/user/17', false],
    ['a|b', 'b', true],
    ['a|b', 'ab', false],
    ['(?i)/api', '/API', true],
    ['', '', true],
    ['.*', '\u00e9\u00ff', true],
    ['[\\x80-\\xff]+', '\u00e9', true],
  ]
  for (const [pattern, text, expected] of cases) {
    test(`${pattern} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(text)} as a whole`, () => {
      assert.equal(compileRegex(pattern).matches(text), expected)
    })
  }

  test('matches text of 8 KiB and nothing longer, so that it fails closed', () => {
    const regex = compileRegex('a*')

    assert.equal(regex.matches('a'.repeat(8192)), true)
    assert.equal(regex.matches('a'.repeat(8193)), false)
  })
})

describe('a pattern is refused', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['a'.repeat(257), /257 characters long; 256 are allowed/],
    ['(', /not RE2 syntax/],
    ['(?=a)', /not RE2 syntax/],
    ['(a)\\1', /not RE2 syntax/],
    ['a{2001}', /program of about 2001 steps|not RE2 syntax/],
    ['(a{50}){50}', /program of about \d+ steps; 2000 are allowed/],
    ['((a{0,20}){20}){20}', /program of about \d+ steps/],
    ['[a-z]{1,1000}'.repeat(10), /program of about 10000 steps/],
    // Few instructions, and a quarter of a second to compile.
    [`(?i)${'[!-\ud7ff]'.repeat(50)}`, /program of about \d+ steps/],
    [`(?i)${'[!-\\x{d7ff}]'.repeat(20)}`, /program of about \d+ steps/],
    [`(?s-i:a)(?si:${'[\\--\\x{d7ff}]'.repeat(15)})`, /program of about \d+ steps/],
    [`(?i)${'\\pL'.repeat(80)}`, /program of about \d+ steps/],
    ['[\\pL\\pN\\pP]'.repeat(23), /program of about \d+ steps/],
  ]
  for (const [pattern, message] of cases) {
    test(`${pattern.slice(0, 40)} with ${message.source}`, () => {
      assert.match(regexProblem(pattern) ?? '', message)
      assert.throws(() => compileRegex(pattern), RangeError)
    })
  }

  for (const pattern of [
    '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
    '/api/v[0-9]+/.*',
    '[a-z0-9-]{1,63}\\.test',
    '(?i)/[\\p{L}\\p{N}-]{1,60}/[а-я]+',
    '(?i)[\\x80-\\xff]+',
  ]) {
    test(`but ${pattern} is taken`, () => {
      assert.equal(regexProblem(pattern), undefined)
    })
  }
})

describe('the estimate of a program', () => {
  const atom = fc.constantFrom(
    'a',
    '.',
    '\\d',
    '[a-z]',
    '[]a]',
    '\\Qx\\E',
    '\\pL',
    '\\x{41}',
    '^',
    '[^\\]]',
    '[[:alpha:]]',
    '\\{',
  )
  const repeat = fc.constantFrom('', '', '*', '+?', '{3}', '{2,}', '{1,7}', '{0,1}')
  const anyPattern = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 3 },
      fc.tuple(atom, repeat).map(([a, r]) => a + r),
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `${a}|${b}`),
      fc.tuple(tie('pattern'), repeat).map(([a, r]) => `(${a})${r}`),
    ),
  })).pattern

  test('is never far below the size that RE2 makes of it', () => {
    fc.assert(
      fc.property(anyPattern, (pattern) => {
        fc.pre(pattern.length <= 256 && estimateProgram(pattern) <= maxProgram)
        let size: number
        try {
          size = RE2JS.compile(pattern).programSize()
        } catch {
          return
        }
        assert.ok(
          size <= 4 * estimateProgram(pattern) + 8,
          `${size} steps, ${estimateProgram(pattern)} estimated`,
        )
      }),
      { numRuns: 1000 },
    )
  })
})
