import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ingress, router, service, told, translated } from '../../../support/kubernetes/translation.ts'

/** Blocks of addresses that begin so, with commas. */
function blocks(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `${first}.${index}.0.0/16`).join(',')
}

/** `/.*` for some clients, and longer paths of another Ingress that ask for a user whose Secret is not there. */
function routed(paths: number, blocksOfEach: number) {
  const lists = {
    'whitelist-source-range': blocks(2, blocksOfEach),
    'denylist-source-range': blocks(3, blocksOfEach),
  }
  const open = annotated('web', { '/.*': 'web' }, lists)
  const admin = Object.fromEntries(Array.from({ length: paths }, (_, i) => [`/admin/p${10 + i}.*`, 'web']))
  const closed = annotated('admin', admin, { 'auth-type': 'basic', 'auth-secret': 'none' })
  const pieces = translated(open + closed + service('web'))
  return { to: router(pieces), tooLarge: told(pieces).filter((one) => one.startsWith('IngressTooLarge')) }
}

function annotated(
  name: string,
  paths: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): string {
  const all = Object.entries({ ...annotations, 'use-regex': 'true' }).map(
    ([key, value]) => `nginx.ingress.kubernetes.io/${key}: ${JSON.stringify(value)}`,
  )
  return ingress(name, 'a.test', paths).replace(
    `name: ${name} }`,
    `name: ${name}, annotations: { ${all.join(', ')} } }`,
  )
}

describe('a longer regular expression is asked before a shorter one with conditions', () => {
  test('where copies of it have room', () => {
    const { to, tooLarge } = routed(3, 2)

    const ways = ['a.test/admin/p12/x', 'a.test/x'].map((place) => to(place, { clientAddress: '2.1.1.1' }))
    assert.deepEqual([...ways, tooLarge], ['503', 'default/web:80', []])
  })

  for (const [place, clientAddress, status] of [
    ['a.test/admin/p10/x', '2.0.1.1', '503'],
    ['a.test/admin/p23/x', '2.79.1.1', '503'],
    ['a.test/x', '2.79.1.1', '503'],
    ['a.test/x', '3.1.1.1', '403'],
  ] as const) {
    test(`or the shorter one is closed, where there would be too many: ${status} for ${place}`, () => {
      const { to, tooLarge } = routed(14, 80)

      assert.equal(to(place, { clientAddress }), status)
      assert.match(tooLarge.join(), /^IngressTooLarge Ingress default\/web spec\.rules/)
    })
  }
})
