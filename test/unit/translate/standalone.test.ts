import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { printProblem } from '../../../src/model/problem.ts'
import { translateStandalone } from '../../../src/translate/standalone.ts'
import { fileOf, modelOf, noSecrets, problemsOf } from '../../support/model.ts'

const listeners = fileOf('listeners: [{ name: web, address: ":8080" }]\nworkers: 2\n', 'a.yaml')
const routes = fileOf(
  'routes: [{ hosts: [a.test], to: a }]\nclusters: { a: { endpoints: [10.0.0.1:80] } }\n',
  'b.yaml',
)
const more = fileOf('routes: [{ hosts: [b.test], to: a }]\n', 'c.yaml')

describe('several files', () => {
  test('are one configuration, in the order given', () => {
    const { model } = translateStandalone([listeners, routes, more], noSecrets)

    assert.deepEqual(
      model?.routes.map(({ id }) => id),
      ['a.test/', 'b.test/'],
    )
    assert.equal(model.settings.workers, 2)
  })

  for (const [what, text, expected] of [
    [
      'a cluster twice',
      'clusters: { a: { endpoints: [10.0.0.2:80] } }',
      'd.yaml:1:13: cluster "a" stands twice, first at b.yaml:2:13; remove or rename one of them',
    ],
    [
      'a setting twice',
      'workers: 3',
      'd.yaml:1:1: "workers" stands twice, first at a.yaml:2:1; put all of it in one place',
    ],
    [
      'a listener twice',
      'listeners: [{ name: web, address: ":1" }]',
      'd.yaml:1:21: name "web" is taken by the listener at a.yaml:1:13; write another name',
    ],
  ] as const) {
    test(`name ${what} with both places`, () => {
      const { model, problems } = translateStandalone([listeners, routes, fileOf(text, 'd.yaml')], noSecrets)

      assert.equal(model, undefined)
      assert.deepEqual(problems.map(printProblem), [expected])
    })
  }

  test('have their problems in the order of the files', () => {
    const { problems } = translateStandalone([fileOf('x: 1', 'z.yaml'), fileOf('y: 1', 'a.yaml')], noSecrets)

    assert.deepEqual(
      problems.map(({ origin }) => origin.file),
      ['z.yaml', 'a.yaml'],
    )
  })

  test('of which one is not YAML say nothing of what may be in it', () => {
    const { problems } = translateStandalone(
      [fileOf('routes: [{ to: api }]', 'a.yaml'), fileOf('a: [', 'b.yaml')],
      noSecrets,
    )

    assert.deepEqual(
      problems.map(({ origin }) => origin.file),
      ['b.yaml'],
    )
  })
})

describe('ids of routes', () => {
  const idsOf = (text: string) =>
    modelOf(`${text}\nclusters: { a: { endpoints: [10.0.0.1:80] } }`).routes.map(({ id }) => id)

  test('stay the same when another route is inserted', () => {
    const before = idsOf('routes:\n  - { hosts: [a.test], to: a }\n  - { hosts: [a.test], path: /x, to: a }')
    const after = idsOf(
      'routes:\n  - { hosts: [b.test], to: a }\n  - { hosts: [a.test], to: a }\n  - { hosts: [a.test], path: /x, to: a }',
    )

    assert.deepEqual(after.slice(1), before)
  })

  test('are told apart when routes say the same', () => {
    assert.deepEqual(idsOf('routes: [{ to: a }, { to: a }]'), ['*/', '*/#2'])
  })

  test('that would be long end with a fingerprint', () => {
    const hosts = Array.from({ length: 40 }, (_, index) => `host-${index}.test`)
    const [id = '', other = ''] = idsOf(
      `routes: ${JSON.stringify([
        { hosts, to: 'a' },
        { hosts: [...hosts, 'x.test'], to: 'a' },
      ])}`,
    )

    assert.ok(id.length <= 120 && other.length <= 120)
    assert.notEqual(id, other)
  })
})

describe('workers', () => {
  test('auto takes one for each processor', () => {
    const { model } = translateStandalone([fileOf('workers: auto')], { ...noSecrets, cores: 6 })

    assert.equal(model?.settings.workers, 6)
  })
})

describe('hostile files are refused, clearly and at once', () => {
  const bomb = [
    'a: &a [x, x]',
    ...Array.from(
      { length: 30 },
      (_, index) => `${names(index + 1)}: &${names(index + 1)} [*${names(index)}, *${names(index)}]`,
    ),
  ]
  for (const [what, text, expected] of [
    ['deep nesting', `routes: ${'['.repeat(20_000)}`, /nested too deep/],
    ['deep maps', 'a: {'.repeat(5000), /nested too deep/],
    [
      'a bomb of aliases',
      `${bomb.join('\n')}\nroutes: [{ hosts: *${names(30)}, to: a }]`,
      /key "a" is unknown/,
    ],
    [
      'many aliases',
      `routes:\n  - &r { hosts: [a.test], to: a }\n${'  - *r\n'.repeat(40_000)}clusters: { a: { dns: "a:1" } }`,
      /aliases make the file too large/,
    ],
    [
      'a string of a megabyte',
      `routes: [{ hosts: ["${'x'.repeat(1_000_000)}"], to: a }]`,
      /hosts\[0\] "x{20,80}.*is 1000000 characters long/,
    ],
    ['a key of a megabyte', `${'x'.repeat(1_000_000)}: 1`, /is unknown|is not YAML/],
    ['a polluting key', 'routes: [{ __proto__: { to: a }, to: a }]', /key "__proto__" is unknown in a route/],
    ['a polluting key at the top', '__proto__: { routes: [] }', /key "__proto__" is unknown/],
    ['a constructor as a word', 'log: { level: constructor }', /level "constructor" is none/],
    [
      'a word of the prototype',
      'listeners: [{ name: a, address: ":1", limits: { body: toString } }]',
      /body "toString" is not a size/,
    ],
    ['not a number', 'workers: .nan', /workers .nan is not a number/],
  ] as const) {
    test(what, () => {
      const problems = problemsOf(text)

      assert.match(problems.join('\n'), expected)
      for (const problem of problems) assert.ok(problem.length < 600, `${problem.length} characters`)
    })
  }

  function names(index: number): string {
    return `a${'b'.repeat(index)}`
  }
})

describe('aliases', () => {
  test('are as many as one likes in a file of usual size', () => {
    const routes = Array.from(
      { length: 3000 },
      (_, index) => `  - { hosts: *hosts, path: /${index}, to: a }\n`,
    )
    const first = '  - { hosts: &hosts [a.test], to: a }\n'
    const model = modelOf(
      `routes:\n${first}${routes.join('')}clusters: { a: { endpoints: [10.0.0.1:80] } }\n`,
    )

    assert.deepEqual(model.routes.at(-1)?.hosts, ['a.test'])
  })

  test('stand for the last anchor of their name before them', () => {
    const model = modelOf(`
routes:
  - { hosts: &h [a.test], to: a }
  - { hosts: *h, path: /x, to: a }
  - { hosts: &h [b.test], to: a }
  - { hosts: *h, path: /x, to: a }
clusters: { a: { endpoints: [10.0.0.1:80] } }`)

    assert.deepEqual(
      model.routes.map(({ id }) => id),
      ['a.test/', 'a.test/x', 'b.test/', 'b.test/x'],
    )
  })
})

describe('a literal secret', () => {
  for (const [what, text] of [
    ['as text', 'admin: { token: correct-horse-battery }'],
    ['as a number', 'admin: { token: 1234567890123456 }'],
    ['in a list', 'admin: { token: [correct-horse-battery] }'],
    ['in a map', 'admin: { token: { value: correct-horse-battery } }'],
    ['in a line that is not YAML', 'admin: { token: correct-horse-battery'],
    [
      'in a header',
      'routes: [{ filters: [{ requestHeaders: { set: { authorization: " correct-horse" } } }], to: a }]',
    ],
    [
      'in a list of headers',
      'routes: [{ filters: [{ requestHeaders: [authorization, correct-horse] }], to: a }]',
    ],
  ] as const) {
    test(`${what} is never repeated`, () => {
      const problems = problemsOf(text)

      assert.ok(problems.length > 0)
      assert.doesNotMatch(problems.join('\n'), /horse|12345/)
    })
  }
})
