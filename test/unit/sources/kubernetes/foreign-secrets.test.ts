import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SecretScope } from '../../../../src/model/kubernetes-settings.ts'
import { ForeignSecrets, tooManyForeign } from '../../../../src/sources/kubernetes/foreign-secrets.ts'

const byNamespace: SecretScope = { mode: 'namespaces', namespaces: ['pki'] }

/** Ingresses `web-0`, `web-1` and so on of a namespace, each a second younger than the one before, each naming one Secret. */
function fill(foreign: ForeignSecrets, namespace: string, keys: readonly string[]): void {
  for (const [index, key] of keys.entries())
    foreign.set({ namespace, name: `web-${index}`, created: index * 1_000 }, [key])
}

function range(count: number, key: (index: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, index) => key(index))
}

describe('Secrets of other namespaces', () => {
  test('are of 32 namespaces at most, of the oldest Ingresses that name them', () => {
    const foreign = new ForeignSecrets(byNamespace)
    const keys = range(40, (index) => `n${index}/s`)

    fill(foreign, 'shop', keys)

    assert.deepEqual(foreign.take(), [
      { namespace: 'shop', allowed: keys.slice(0, 32), refused: keys.slice(32) },
    ])
  })

  test('are the same whatever the order in which Ingresses are seen', () => {
    const foreign = new ForeignSecrets(byNamespace)
    const other = new ForeignSecrets(byNamespace)
    const ages = range(40, (index) => `${index}`).map(Number)
    const add = (to: ForeignSecrets, age: number): void =>
      to.set({ namespace: 'shop', name: `web-${age % 7}-${age}`, created: age % 3 }, [`n${age}/s`])

    for (const age of ages) add(foreign, age)
    for (const age of ages.toReversed()) add(other, age)

    assert.deepEqual(foreign.take(), other.take())
  })

  test('of one that is allowed go on being so, however many', () => {
    const foreign = new ForeignSecrets(byNamespace)
    const keys = range(100, (index) => `n${index % 32}/s${index}`)

    fill(foreign, 'shop', keys)

    assert.deepEqual(foreign.take()[0]?.refused, [])
  })

  test('of namespaces that the operator lists do not count, as nothing is asked there', () => {
    const foreign = new ForeignSecrets(byNamespace)
    fill(foreign, 'shop', [...range(32, (index) => `n${index}/s`), 'pki/wild', 'more/s'])

    assert.deepEqual(foreign.take()[0]?.refused, ['more/s'])
  })

  for (const [scope, allowed] of [
    [byNamespace, 1_000],
    [{ mode: 'cluster' }, 1_000],
    [{ mode: 'names', names: [] }, 1_200],
  ] as const) {
    test(`are ${allowed} of 1200 with mode ${scope.mode}`, () => {
      const foreign = new ForeignSecrets(scope)

      fill(
        foreign,
        'shop',
        range(1_200, (index) => `pki/s${index}`),
      )

      assert.equal(foreign.take()[0]?.allowed.length, allowed)
    })
  }

  test('of one namespace that has too many take nothing from another', () => {
    const foreign = new ForeignSecrets(byNamespace)
    const keys = range(40, (index) => `n${index}/s`)

    fill(foreign, 'evil', keys)
    fill(foreign, 'shop', keys.slice(32))

    assert.deepEqual(foreign.take()[1], { namespace: 'shop', allowed: keys.slice(32), refused: [] })
  })

  test('that were too many come in when an older Ingress goes', () => {
    const foreign = new ForeignSecrets(byNamespace)
    const keys = range(33, (index) => `n${index}/s`)
    fill(foreign, 'shop', keys)
    foreign.take()

    foreign.set({ namespace: 'shop', name: 'web-0', created: 0 }, [])

    assert.deepEqual(foreign.take(), [{ namespace: 'shop', allowed: keys.slice(1), refused: [] }])
  })

  test('are told again only where they are others', () => {
    const foreign = new ForeignSecrets(byNamespace)
    fill(foreign, 'shop', ['n/s'])
    fill(foreign, 'pay', ['n/s'])
    foreign.take()

    fill(foreign, 'shop', ['n/s'])
    fill(foreign, 'pay', ['m/s'])
    foreign.set({ namespace: 'shop', name: 'none', created: 0 }, [])

    assert.deepEqual(foreign.take(), [{ namespace: 'pay', allowed: ['m/s'], refused: [] }])
  })

  test('that are too many are told with what to do', () => {
    assert.match(tooManyForeign(byNamespace), /at most 32 .* under "secrets\.namespaces"/)
    assert.doesNotMatch(tooManyForeign({ mode: 'cluster' }), /namespaces"/)
  })
})
