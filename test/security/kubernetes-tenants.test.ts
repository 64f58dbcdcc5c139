import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubernetesSettings } from '../../src/model/kubernetes-settings.ts'
import { KubernetesTranslator } from '../../src/translate/kubernetes/translator.ts'
import { FixedObjects } from '../support/kubernetes/fixed-objects.ts'
import {
  ingress,
  kubernetesSettings,
  router,
  service,
  surroundings,
  told,
  translated,
} from '../support/kubernetes/translation.ts'

// Hardening reference §5.3: what one tenant of a cluster may do to another.

const both = service('a/web') + service('b/web')
const minute = 60_000

describe('a host belongs to the namespace of its oldest Ingress', () => {
  const first = ingress('a/one', 'bank.test', { '/': 'web' })
  const later = ingress('b/two', 'bank.test', { '/admin': 'web' })

  test('a later claim from elsewhere is refused, with the owner named', () => {
    const pieces = translated(first + later + both)

    assert.equal(router(pieces)('bank.test/admin'), 'a/web:80')
    assert.deepEqual(
      pieces.accepted.map(({ namespace }) => namespace),
      ['a'],
    )
    assert.match(
      told(pieces).join(),
      /^HostTaken Ingress b\/two spec\.rules\[0\]\.host: host "bank\.test" belongs to namespace "a", whose Ingress "one" has it; /,
    )
  })

  test('creation counts, not the order in which objects are seen', () => {
    const created = (yaml: string, time: string) =>
      yaml.replace('name: two', `name: two, creationTimestamp: "${time}"`)

    const pieces = translated(first + created(later, '2020-01-01T00:00:00Z') + both)

    assert.equal(router(pieces)('bank.test/admin'), 'b/web:80')
    assert.equal(router(pieces)('bank.test/'), 'no_route_path')
  })

  test('of the same age, namespace and name decide', () => {
    const same = (yaml: string) =>
      yaml.replace(/metadata: { namespace: (.), name: (\w+)/, '$&, creationTimestamp: "2026-01-01T00:00:00Z"')

    const pieces = translated(same(later) + same(first) + both)

    assert.equal(router(pieces)('bank.test/'), 'a/web:80')
  })

  test('the same namespace shares it between its Ingresses', () => {
    const pieces = translated(first + ingress('a/more', 'bank.test', { '/more': 'web' }) + both)

    assert.deepEqual(told(pieces), [])
    assert.equal(pieces.accepted.length, 2)
  })

  test('a server name of TLS is a claim too', () => {
    const stolen = ingress(
      'b/two',
      'b.test',
      { '/': 'web' },
      '  tls: [{ hosts: [bank.test], secretName: c }]\n',
    )
    const secret = `
---
apiVersion: v1
kind: Secret
metadata: { namespace: b, name: c }
stringData: { tls.crt: bank.test, tls.key: k }`
    const pieces = translated(first + stolen + both + secret)

    assert.deepEqual(pieces.tlsHosts, [])
    assert.match(
      told(pieces).join(),
      /^HostTaken Ingress b\/two spec\.tls\[0\]\.hosts\[0\]: host "bank\.test"/,
    )
  })

  test('with hostOwnership object, paths are owned instead', () => {
    const pieces = translated(first + later + ingress('b/three', 'bank.test', { '/': 'web' }) + both, {
      hostOwnership: 'object',
    })

    assert.equal(router(pieces)('bank.test/admin'), 'b/web:80')
    assert.equal(router(pieces)('bank.test/'), 'a/web:80')
    assert.match(
      told(pieces).join(),
      /^PathTaken Ingress b\/three spec\.rules\[0\]\.http\.paths\[0\]\.path: path "\/" of host "bank\.test" belongs to Ingress "a\/one", which is older/,
    )
  })
})

describe('within a namespace the oldest Ingress has a host and path', () => {
  test('the loser is told on its own object', () => {
    const pieces = translated(
      ingress('a/one', 'a.test', { '/x': 'web' }) +
        ingress('a/two', 'a.test', { '/x': 'other', '/y': 'web' }) +
        both,
    )

    assert.equal(router(pieces)('a.test/x'), 'a/web:80')
    assert.equal(router(pieces)('a.test/y'), 'a/web:80')
    assert.match(
      told(pieces).join(),
      /^PathTaken Ingress a\/two .*belongs to Ingress "a\/one", which is older/,
    )
    assert.equal(told(pieces).length, 1)
  })

  test('a final slash of a prefix makes no other path', () => {
    const pieces = translated(
      ingress('a/one', 'a.test', { '/x': 'web' }) + ingress('a/two', 'a.test', { '/x/': 'web' }) + both,
    )

    assert.match(told(pieces).join(), /^PathTaken Ingress a\/two /)
  })
})

describe('a wildcard of another namespace', () => {
  const wild = ingress('a/wild', '*.shop.test', { '/': 'web' })
  const inside = ingress('b/in', 'pay.shop.test', { '/': 'web' })

  test('keeps the hosts inside of it', () => {
    const pieces = translated(wild + inside + both)

    assert.equal(router(pieces)('pay.shop.test/'), 'a/web:80')
    assert.match(
      told(pieces).join(),
      /^HostTaken Ingress b\/in .*host "pay\.shop\.test" is inside of "\*\.shop\.test", which belongs to namespace "a"; .*"allowedHosts"/,
    )
  })

  test('yields to the operator’s word', () => {
    const allowedHosts = [{ namespaces: ['b'], hosts: ['pay.shop.test'] }]

    assert.equal(router(translated(wild + inside + both, { allowedHosts }))('pay.shop.test/'), 'b/web:80')
  })

  test('takes nothing from a host that was there before', () => {
    const pieces = translated(inside + wild + both)

    assert.deepEqual(told(pieces), [])
    assert.equal(router(pieces)('pay.shop.test/'), 'b/web:80')
    assert.equal(router(pieces)('x.shop.test/'), 'a/web:80')
  })

  test('is not the same as a deeper host', () => {
    assert.deepEqual(told(translated(wild + ingress('b/deep', 'a.b.shop.test', { '/': 'web' }) + both)), [])
  })

  test('that is refused itself keeps the owner of a host inside', () => {
    const allowedHosts = [{ namespaces: ['a'], hosts: ['a.test'] }]

    assert.equal(router(translated(wild + inside + both, { allowedHosts }))('pay.shop.test/'), 'b/web:80')
  })
})

describe('a namespace with allowed hosts', () => {
  const allowedHosts = [
    { namespaces: ['a', 'c'], hosts: ['one.test', '*.two.test'] },
    { namespaces: ['a'], hosts: ['**.three.test'] },
  ]
  for (const [host, isAllowed] of [
    ['one.test', true],
    ['x.one.test', false],
    ['x.two.test', true],
    ['*.two.test', true],
    ['two.test', false],
    ['x.y.two.test', false],
    ['x.y.three.test', true],
    ['*.y.three.test', true],
    ['three.test', false],
    ['xthree.test', false],
  ] as const) {
    test(`may ${isAllowed ? '' : 'not '}use ${host}`, () => {
      const pieces = translated(ingress('a/one', host, { '/': 'web' }) + both, { allowedHosts })

      assert.equal(pieces.routes.length, isAllowed ? 1 : 0)
      assert.match(
        told(pieces).join(),
        isAllowed
          ? /^$/
          : /^HostNotAllowed Ingress a\/one spec\.rules\[0\]\.host: .*use one within "one\.test"/,
      )
    })
  }

  test('leaves namespaces that are not named alone', () => {
    assert.equal(
      translated(ingress('b/one', 'any.test', { '/': 'web' }) + both, { allowedHosts }).routes.length,
      1,
    )
  })

  test('does not keep its host from a namespace that may have it', () => {
    const yaml =
      ingress('a/one', 'bank.test', { '/': 'web' }) + ingress('b/two', 'bank.test', { '/': 'web' }) + both

    assert.equal(router(translated(yaml, { allowedHosts }))('bank.test/'), 'b/web:80')
  })
})

describe('requests of any host', () => {
  const anyHost = ingress('a/any', '', { '/': 'web' })
  const withDefault = `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { namespace: a, name: rest }
spec:
  ingressClassName: tidegate
  defaultBackend: { service: { name: web, port: { number: 80 } } }`

  for (const [what, yaml] of [
    ['a rule without a host', anyHost],
    ['a default backend', withDefault],
  ] as const) {
    test(`are taken by ${what} only from a namespace that the operator names`, () => {
      const refused = translated(yaml + both, { catchAll: ['edge'] })

      assert.equal(router(translated(yaml + both, { catchAll: ['a'] }))('x.test/'), 'a/web:80')
      assert.equal(refused.routes.length, 0)
      assert.match(
        told(refused).join(),
        /^CatchAllRefused Ingress a\/.* namespace "a" may not take requests of any host/,
      )
    })
  }

  test('are not needed for a default backend of the hosts of an Ingress', () => {
    const yaml = `${ingress('a/one', 'a.test', { '/x': 'web' })}  defaultBackend: { service: { name: web, port: { number: 80 } } }\n`
    const pieces = translated(yaml + both, { catchAll: [] })

    assert.equal(router(pieces)('a.test/rest'), 'a/web:80')
    assert.equal(router(pieces)('b.test/'), 'no_route_host')
    assert.match(told(pieces).join(), /^CatchAllRefused Ingress a\/one spec\.defaultBackend: warning: /)
  })
})

describe('a host that was given up', () => {
  const settings: Partial<KubernetesSettings> = { hostCooling: 10 * minute }
  const mine = ingress('a/one', 'bank.test', { '/': 'web' })
  const theirs = ingress('b/two', 'bank.test', { '/': 'web' })

  function scene() {
    const objects = new FixedObjects(mine + theirs + both)
    const translator = new KubernetesTranslator(kubernetesSettings(settings))
    const at = (minutes: number) =>
      translator.translate(objects, { ...surroundings, now: surroundings.now + minutes * minute })
    return { objects, translator, at }
  }

  test('stays its owner’s for the cooling time', () => {
    const { objects, translator, at } = scene()
    at(0)
    objects.remove('Ingress', 'a/one')

    const pieces = at(1)

    assert.equal(router(pieces)('bank.test/'), 'no_route_host')
    assert.match(
      told(pieces).join(),
      /^HostTaken Ingress b\/two .*belongs to namespace "a", which had it last/,
    )
    assert.equal(translator.nextLook(), surroundings.now + 11 * minute)
  })

  test('goes to who waits for it afterwards', () => {
    const { objects, translator, at } = scene()
    at(0)
    objects.remove('Ingress', 'a/one')
    at(1)
    at(10.9)

    const pieces = at(11)

    assert.equal(router(pieces)('bank.test/'), 'b/web:80')
    assert.equal(translator.nextLook(), undefined)
  })

  test('is back with its owner when that creates it again, though another one is older then', () => {
    const { objects, translator, at } = scene()
    at(0)
    objects.remove('Ingress', 'a/one')
    at(1)
    objects.put(mine)

    const pieces = at(2)

    assert.equal(router(pieces)('bank.test/'), 'a/web:80')
    assert.equal(translator.nextLook(), undefined)
  })

  test('is not taken by an old Ingress that is changed to name it', () => {
    const old = ingress('b/old', 'other.test', { '/': 'web' })
    const objects = new FixedObjects(old + mine + both)
    const translator = new KubernetesTranslator(kubernetesSettings(settings))
    translator.translate(objects, surroundings)
    objects.put(
      ingress('b/old', 'bank.test', { '/': 'web' }).replace(
        'name: old',
        'name: old, creationTimestamp: "2020-01-01T00:00:00Z"',
      ),
    )

    const pieces = translator.translate(objects, surroundings)

    assert.equal(router(pieces)('bank.test/'), 'a/web:80')
  })

  test('as a wildcard keeps the hosts inside of it as long', () => {
    const objects = new FixedObjects(ingress('a/wild', '*.shop.test', { '/': 'web' }) + both)
    const translator = new KubernetesTranslator(kubernetesSettings(settings))
    translator.translate(objects, surroundings)
    objects.remove('Ingress', 'a/wild').put(ingress('b/in', 'pay.shop.test', { '/': 'web' }))

    const pieces = translator.translate(objects, surroundings)

    assert.match(told(pieces).join(), /^HostTaken Ingress b\/in /)
  })

  test('is free at once with hostOwnership object', () => {
    const objects = new FixedObjects(mine + theirs + both)
    const translator = new KubernetesTranslator(kubernetesSettings({ ...settings, hostOwnership: 'object' }))
    translator.translate(objects, surroundings)
    objects.remove('Ingress', 'a/one')

    assert.equal(router(translator.translate(objects, surroundings))('bank.test/'), 'b/web:80')
  })
})
