import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { parseDocument } from 'yaml'
import { Templates } from '../../../../src/translate/read/templates.ts'

/** What the items of a text are, read as YAML; `undefined` when it is not good YAML. */
function parsed(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent', uniqueKeys: false })
  return document.errors.length + document.warnings.length > 0 ? undefined : document.toJS()
}

/** What a filled item is; `undefined` when it was not filled. */
function filled(templates: Templates, kind: 'list' | 'map', text: string): unknown {
  const item = templates.fill(kind, text)
  if (item === undefined) return undefined
  const value: unknown = item.node.toJS(item.document)
  return kind === 'list' ? [value] : { [item.name]: value }
}

describe('an item of a form that was seen before', () => {
  const templates = new Templates()
  templates.fill('list', '  - hosts: [a.test]\n    path: /x # note\n    to: c1\n')
  templates.fill('map', '  c1: { endpoints: [10.0.0.1:80] }\n')

  test('is read with its own words', () => {
    assert.deepEqual(
      filled(templates, 'list', '  - hosts: [b-2.test]\n    path: /y/z # else\n    to: web\n'),
      [{ hosts: ['b-2.test'], path: '/y/z', to: 'web' }],
    )
  })

  test('is read with its own key and address', () => {
    assert.deepEqual(filled(templates, 'map', '  web-2: { endpoints: [10.0.0.22:8080] }\n'), {
      'web-2': { endpoints: ['10.0.0.22:8080'] },
    })
  })

  test('begins where it is written', () => {
    assert.equal(templates.fill('list', '  - hosts: [b.test]\n    path: /y # else\n    to: web\n')?.start, 4)
    assert.equal(templates.fill('map', '  web: { endpoints: [10.0.0.22:8080] }\n')?.start, 2)
  })
})

describe('an item is left to the parser', () => {
  for (const [what, text] of [
    ['with an escape', '- "a\\nb"\n'],
    ['with an alias', '- *a\n'],
    ['with a tag', '- !a b\n'],
    ['with a quoted key', '- { "a": b }\n'],
    ['with a list as a key', '- { [a]: b }\n'],
    ['that holds a stand-in', '- zq0zq\n'],
    ['that holds a stand-in of a number', '- 907000000\n'],
    ['that is long', `- [${'a, '.repeat(2000)}b]\n`],
    ['that begins with a comment', '- # a\n  b: c\n'],
    ['that is not YAML', '- [a\n'],
    ['with two items in it', '- a\n- b\n'],
  ] as const) {
    test(what, () => {
      assert.equal(filled(new Templates(), 'list', text), undefined)
    })
  }
})

const words = fc.constantFrom(
  'a',
  'B',
  'a.test',
  'a-b_c',
  '/api',
  '/a/b',
  'true',
  'False',
  'null',
  'NULL',
  'yes',
  'e5',
  '0',
  '007',
  '5000',
  '-5',
  '+5',
  '1e5',
  '1_000',
  '12 a',
  'a 12, b',
  '"5000 z"',
  "'it''s 12'",
  '|\n    a b\n     12',
  '>-\n    a\n    b\n',
  'a  b',
  '(a)',
  '%a',
  '@a',
  '99999999999999999999',
  '12',
  '1.5',
  '0x1F',
  '.5',
  '10.0.0.1',
  '10.0.0.1:80',
  'a:80',
  'a:b',
  'unix:/x',
  '::1',
  '-',
  'a-',
  '~',
  '"a"',
  "'b'",
  '"true"',
  '"a b"',
  '*',
  '*.a',
  '#x',
  'a#b',
  'é',
  '%41',
  'a.',
  '[a]',
  '{ a: b }',
  '{ a }',
  '',
  'a\n   b',
  '100/s',
  'x'.repeat(300),
)
const shapes = fc.constantFrom(
  (w: readonly string[]) => `- ${w[0]}\n`,
  (w: readonly string[]) => `- { a: ${w[0]}, ${w[1]}: ${w[2]} }\n`,
  (w: readonly string[]) => `- a: ${w[0]}\n  b: [${w[1]}, ${w[2]}]\n`,
  (w: readonly string[]) => `  - ${w[0]}: ${w[1]} # ${w[2]}\n`,
  (w: readonly string[]) => `-   a: [ ${w[0]},${w[1]} ]\n    b:\n    - ${w[2]}\n\n# ${w[0]}\n`,
  (w: readonly string[]) => `- [${w[0]} , {${w[1]}: ${w[2]}}]\n`,
  (w: readonly string[]) => `- ${w[0]}\n  ${w[1]}\n`,
  (w: readonly string[]) => `- ? ${w[0]}\n  : ${w[1]}\n`,
  (w: readonly string[]) => `- a: '${w[0]}'\n  b: "${w[1]}"\n`,
)
const mapShapes = fc.constantFrom(
  (w: readonly string[]) => `k: ${w[0]}\n`,
  (w: readonly string[]) => `  ${w[0]}: { a: [${w[1]}], b: ${w[2]} }\n`,
  (w: readonly string[]) => `  ${w[0]}:\n    a: ${w[1]}\n    b: ${w[2]}\n`,
  (w: readonly string[]) => `  k: ${w[0]}: ${w[1]}\n`,
)
const three = fc.tuple(words, words, words)

describe('filling never differs from parsing', () => {
  for (const [kind, forms] of [
    ['list', shapes],
    ['map', mapShapes],
  ] as const) {
    test(`for items of a ${kind}`, () => {
      let count = 0
      fc.assert(
        fc.property(forms, three, three, (shape, first, second) => {
          const templates = new Templates()
          filled(templates, kind, shape(first))
          const value = filled(templates, kind, shape(second))
          if (value === undefined) return
          count += 1
          assert.deepEqual(value, parsed(shape(second)))
        }),
        { numRuns: 4000 },
      )

      assert.ok(count > 200, `${count} were filled`)
    })
  }
})
