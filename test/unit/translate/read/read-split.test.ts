import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { printProblem } from '../../../../src/model/problem.ts'
import { ItemMemory } from '../../../../src/translate/read/item-memory.ts'
import { splitFile } from '../../../../src/translate/read/split.ts'
import { translateStandalone } from '../../../../src/translate/standalone.ts'
import { fileOf, noSecrets } from '../../../support/model.ts'

const many = 202

/** Forms in which a route may be written, good and bad, each an item of a list that is indented by two. */
const forms: readonly ((index: number) => string)[] = [
  (index) => `  - hosts: [h${index}.test]\n    to: c1\n`,
  (index) => `  - { hosts: [h${index}.test], path: /x, to: c2 }\n`,
  (index) => `  -\n    hosts:\n      - h${index}.test\n    to: c3 # behind\n`,
  (index) => `  # before\n  - hosts:\n    - h${index}.test\n    - i${index}.test\n\n    to: c4\n`,
  (index) =>
    `  - hosts: [h${index}.test]\n    filters:\n      - respond:\n          body: |\n            - hosts: no\n            to: c1\n             deeper\n`,
  (index) => `  - hosts: [\n      h${index}.test ]\n    to: "c5"\n`,
  (index) => `  - {hosts: [h${index}.test],\n    to: c6 }\n`,
  (index) => `  - to: 'c7'\r\n    hosts: [h${index}.test]\r\n`,
  (index) =>
    `  - hosts: [h${index}.test]\n    headers: { x-tenant: "${index} z" }\n    to: [{ cluster: c1, weight: ${index} }]\n`,
  (index) => `  - hots: [h${index}.test]\n    to: c8\n`,
  (index) => `  - hosts: [h${index}.test]\n    to: nowhere\n`,
  (index) => `  - hosts: [h${index % 3}.test]\n    to: c1\n`,
]

/** Forms that cannot be read one by one, or not at all. */
const odd: readonly string[] = [
  '  - hosts: [a.test\n',
  '  - "hosts\n  - b": 1\n',
  '  -\n',
  '  - \n',
  '  - just text\n',
  '  - hosts: *nothing\n    to: c1\n',
  '  - hosts: !tag [a.test]\n',
  ' - hosts: [a.test]\n',
  '   - hosts: [a.test]\n',
  '\t- hosts: [a.test]\n',
  '  ? a\n  : b\n',
  '  hosts: [a.test]\n',
  '---\n',
]

const clusters = Array.from({ length: many }, (_, index) => `  c${index}: { endpoints: [10.0.0.1:80] }\n`)

function fileWith(routes: readonly string[], end: string): string {
  return `listeners: [{ name: web, address: ":8080" }]\nroutes:\n${routes.join('')}\nclusters: # many\n${clusters.join('')}${end}`
}

function translated(text: string, memory?: ItemMemory): unknown {
  const { model, problems } = translateStandalone([fileOf(text)], {
    ...noSecrets,
    ...(memory === undefined ? {} : { memory }),
  })
  return { problems: problems.map((problem) => `${problem.origin.field} ${printProblem(problem)}`), model }
}

/** An anchor anywhere makes the file be read as a whole. */
function asWhole(text: string): string {
  return `${text}\n# &whole\n`
}

const routes = fc.array(fc.nat(forms.length - 1), { minLength: many, maxLength: many + 20 })

describe('a long list that is read item by item', () => {
  test('gives what the whole file gives', () => {
    fc.assert(
      fc.property(routes, (picks) => {
        const text = fileWith(
          picks.map((pick, index) => forms[pick]?.(index) ?? ''),
          'workers: 2\n',
        )

        assert.deepEqual(translated(text), translated(asWhole(text)))
      }),
      { numRuns: 6 },
    )
  })

  test('gives the same again when it is remembered, and when one item changed', () => {
    fc.assert(
      fc.property(routes, fc.nat(many - 1), fc.nat(forms.length - 1), (picks, changed, form) => {
        const memory = new ItemMemory()
        const items = picks.map((pick, index) => forms[pick]?.(index) ?? '')
        translated(fileWith(items, ''), memory)
        items[changed] = forms[form]?.(many + 1) ?? ''
        const text = fileWith(items, '')

        assert.deepEqual(translated(text, memory), translated(asWhole(text)))
        assert.deepEqual(translated(text, memory), translated(asWhole(text)))
      }),
      { numRuns: 4 },
    )
  })

  for (const item of odd) {
    test(`gives what the whole file gives with ${JSON.stringify(item)} in it`, () => {
      const items = Array.from({ length: many }, (_, index) => forms[0]?.(index) ?? '')
      items.splice(100, 0, item)
      const text = fileWith(items, '')

      assert.deepEqual(translated(text), translated(asWhole(text)))
    })
  }

  for (const [what, end] of [
    ['a key that stands twice', 'routes: []\n'],
    ['a cluster that stands twice', '  c1: { endpoints: [10.0.0.1:80] }\n'],
    ['an unknown key behind it', 'wrokers: 2\n'],
    ['a line that is not YAML behind it', '}\n'],
  ] as const) {
    test(`gives what the whole file gives with ${what}`, () => {
      const items = Array.from({ length: many }, (_, index) => forms[0]?.(index) ?? '')
      const text = fileWith(items, end)

      assert.deepEqual(translated(text), translated(asWhole(text)))
    })
  }
})

describe('splitFile', () => {
  const items = Array.from({ length: many }, (_, index) => `- { hosts: [h${index}.test] }\n`)

  test('finds lists that are not indented, and maps', () => {
    const sections = splitFile(`routes:\n${items.join('')}clusters:\n${clusters.join('')}`)

    assert.deepEqual(
      sections.map(({ key, kind, items }) => [key, kind, items.length]),
      [
        ['routes', 'list', many],
        ['clusters', 'map', many],
      ],
    )
  })

  for (const [what, text] of [
    ['short lists', 'routes:\n- a\n- b\n'],
    ['files with anchors', `x: &a 1\nroutes:\n${items.join('')}`],
    ['files of several documents', `---\nroutes:\n${items.join('')}`],
    ['lists in flow style', `routes: [${'a,'.repeat(many)}]\n`],
  ] as const) {
    test(`leaves ${what} alone`, () => {
      assert.deepEqual(splitFile(text), [])
    })
  }
})
