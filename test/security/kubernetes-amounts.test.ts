import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ingress, router, service, told, translated } from '../support/kubernetes/translation.ts'

// What one tenant asks for is held in the memory of all, and compiled on the loops that carry the traffic of all.

const nginx = (name: string) => `nginx.ingress.kubernetes.io/${name}`
const annotated = (yaml: string, annotations: Readonly<Record<string, string>>) =>
  yaml.replace(
    /(name: \w+) }\nspec/,
    (_, name) => `${name}, annotations: ${JSON.stringify(annotations)} }\nspec`,
  )
const paths = (count: number, path: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [path(index), 'web']))
const blocks = (first: number) =>
  Array.from({ length: 68 }, (_, index) => `${first}.${index}.0.0/16`).join(',')

describe('an Ingress that multiplies its paths', () => {
  test('by address blocks has the rest of them closed, not open', () => {
    const yaml = annotated(
      ingress(
        'a/one',
        'a.test',
        paths(400, (index) => `/p${index}`),
      ),
      {
        [nginx('denylist-source-range')]: blocks(11),
        [nginx('allowlist-source-range')]: blocks(12),
      },
    )

    const pieces = translated(yaml + service('a/web'))
    const ask = router(pieces)

    assert.ok(pieces.routes.length < 21_000, String(pieces.routes.length))
    assert.deepEqual(
      [
        ask('a.test/p0', { clientAddress: '12.1.1.1' }),
        ask('a.test/p0', { clientAddress: '9.9.9.9' }),
        ask('a.test/p399', { clientAddress: '12.1.1.1' }),
        ask('a.test/p399', { clientAddress: '9.9.9.9' }),
      ],
      ['a/web:80', '403', '503', '503'],
    )
    assert.deepEqual(
      told(pieces).map((line) => line.split(' ')[0]),
      ['IngressTooLarge'],
    )
  })

  test('by aliases gives none to those that are too many', () => {
    const aliases = Array.from({ length: 90 }, (_, index) => `h${index}.test`).join(',')
    const yaml = annotated(
      ingress(
        'a/one',
        'a.test',
        paths(1000, (index) => `/p${index}`),
      ),
      {
        [nginx('server-alias')]: aliases,
      },
    )

    const pieces = translated(yaml + service('a/web'))
    const ask = router(pieces)

    assert.ok(pieces.routes.length <= 20_000, String(pieces.routes.length))
    assert.deepEqual([ask('h0.test/p1'), ask('h89.test/p1')], ['a/web:80', 'no_route_host'])
    assert.match(told(pieces).join(), /^IngressTooLarge .*host "h\d+\.test" is left out/)
  })
})

describe('regular expressions of a namespace', () => {
  const heavy = (name: string) =>
    annotated(
      ingress(
        name,
        `${name.replace('/', '-')}.test`,
        paths(60, (index) => `/${index}(?:[a-z]{9}){90}`),
      ),
      { [nginx('use-regex')]: 'true' },
    ).replaceAll('Prefix', 'ImplementationSpecific')

  test('that are too many together leave out its youngest Ingresses, and nobody else', () => {
    const names = ['a/one', 'a/two', 'a/three', 'a/four', 'a/five']

    const pieces = translated(
      names.map(heavy).join('') +
        heavy('b/one') +
        ingress('a/plain', 'plain.test', { '/': 'web' }) +
        service('a/web') +
        service('b/web'),
    )
    const ask = router(pieces)

    const way = (index: number, host: string) => ask(`${host}/${index}${'a'.repeat(810)}`)
    assert.deepEqual(
      [way(1, 'a-one.test'), way(1, 'a-five.test'), way(1, 'b-one.test'), ask('plain.test/')],
      ['a/web:80', 'no_route_host', 'b/web:80', 'a/web:80'],
    )
    assert.deepEqual(
      pieces.accepted
        .map(({ namespace, name }) => `${namespace}/${name}`)
        .filter((name) => name === 'a/five'),
      [],
    )
    assert.match(told(pieces).join(), /IngressTooLarge Ingress a\/five spec: the Ingress is left out/)
  })
})

describe('annotations that write one value for many', () => {
  // In a kilobyte: 321 filters, 4,496 limits, and thousands of header lines, for each route.
  const bombs = {
    filters: `[&a {requestHeaders: {remove: [x]}}${',*a'.repeat(320)}]`,
    limits: `[&a {rateLimit: [&r {rate: 1/s}${',*r'.repeat(15)}]}${',*a'.repeat(280)}]`,
    lines: `[&a {responseHeaders: {set: {a: &v [${'x,'.repeat(99)}x], b: *v, c: *v}}}${',*a'.repeat(99)}]`,
  }

  for (const [what, filters] of Object.entries(bombs)) {
    test(`close their own routes alone: ${what}`, () => {
      const pieces = translated(
        annotated(ingress('a/one', 'a.test', { '/': 'web' }), { 'tidegate.dev/filters': filters }) +
          ingress('b/two', 'b.test', { '/': 'web' }) +
          service('a/web') +
          service('b/web'),
      )
      const ask = router(pieces)

      assert.ok(filters.length < 1024)
      assert.deepEqual([ask('a.test/'), ask('b.test/')], ['503', 'b/web:80'])
      assert.match(
        told(pieces).join(),
        /^AnnotationInvalid Ingress a\/one metadata\.annotations\[tidegate\.dev\/filters\]: filters holds an anchor of YAML/,
      )
    })
  }
})

describe('rate limits of an Ingress', () => {
  const pieces = (filters: string) =>
    translated(
      annotated(ingress('a/one', 'a.test', { '/': 'web' }), { 'tidegate.dev/filters': filters }) +
        ingress('b/two', 'b.test', { '/': 'web' }) +
        service('a/web') +
        service('b/web'),
    )
  const four = `{rateLimit: [${Array.from({ length: 4 }, () => '{rate: 1/s}').join(',')}]}`

  test('are sixteen at most, in however many filters, and more close its routes', () => {
    const many = pieces(`[${Array.from({ length: 4 }, () => four).join(',')},{rateLimit: {rate: 1/s}}]`)
    const ask = router(many)

    assert.deepEqual([ask('a.test/'), ask('b.test/')], ['503', 'b/web:80'])
    assert.match(told(many).join(), /^AnnotationInvalid Ingress a\/one .*filters has 17 rules of "rateLimit"/)
  })

  test('may be sixteen', () => {
    const some = pieces(`[${Array.from({ length: 4 }, () => four).join(',')}]`)

    assert.deepEqual([router(some)('a.test/'), told(some)], ['a/web:80', []])
  })
})
