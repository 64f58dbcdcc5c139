import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SecretLookup } from '../../../../src/translate/kubernetes/objects.ts'
import { classJson, ingressJson, secretJson } from '../../../support/kubernetes/api-objects.ts'
import { SourceStage as Stage } from '../../../support/kubernetes/source-stage.ts'

function shop(stage: Stage): void {
  stage.put('class', classJson('tidegate'), classJson('nginx', 'k8s.io/ingress-nginx'))
  stage.put('ingress', ingressJson('web', { secret: 'web-tls' }))
  stage.put('ingress', ingressJson('foreign', { secret: 'x', namespace: 'foreign', className: 'nginx' }))
  stage.put('secret', secretJson('web-tls', 'web key'))
}

function keyOf(lookup: SecretLookup): string {
  switch (lookup.kind) {
    case 'found':
      return lookup.secret.key?.reveal() ?? ''
    case 'absent':
      return 'absent'
    case 'out of reach':
      return lookup.remedy
  }
}

function look(stage: Stage, name = 'web-tls', namespace = 'shop'): string {
  return keyOf(stage.source.objects.secret(namespace, name))
}

function secretRequests(stage: Stage): readonly string[] {
  return stage.fake.requests
    .filter((request) => request.includes('secrets'))
    .map((request) => request.replace(/&resourceVersion=\d+&timeoutSeconds=\d+/, ''))
}

describe('Secrets by namespace', () => {
  test('are there with the first complete state, of namespaces of our Ingresses alone', async () => {
    await using stage = await Stage.complete({}, shop)
    await stage.fake.until(() => stage.fake.watched.includes('secrets'))

    assert.equal(look(stage), 'web key')
    assert.equal(look(stage, 'none'), 'absent')
    assert.deepEqual(secretRequests(stage), [
      'GET /api/v1/namespaces/shop/secrets?limit=500',
      'GET /api/v1/namespaces/shop/secrets?watch=1&allowWatchBookmarks=true',
    ])
  })

  test('give the same answer as long as nothing changed, and another after it did', async () => {
    await using stage = await Stage.complete({}, shop)
    const before = stage.source.objects.secret('shop', 'web-tls')
    const again = stage.source.objects.secret('shop', 'web-tls')

    stage.change('secret', secretJson('web-tls', 'next key'))
    const { shape } = await stage.changed()

    assert.equal(again, before)
    assert.equal(shape, true)
    assert.equal(look(stage), 'next key')
  })

  test('without the right are out of reach, with the exact command, and hold nothing up', async () => {
    await using stage = await Stage.make({ env: { POD_NAMESPACE: 'edge' } }, shop)
    stage.fake.allows = (_, { resource }) => resource !== 'secrets'
    stage.source.start()
    await stage.changed()

    const expected =
      'run "kubectl create rolebinding tidegate-secrets --clusterrole=tidegate-secrets --serviceaccount=edge:tidegate -n shop"'
    assert.equal(look(stage), expected)
    assert.equal(
      stage.source.objects.secret('shop', 'web-tls'),
      stage.source.objects.secret('shop', 'web-tls'),
    )
    assert.deepEqual(secretRequests(stage), [])
    const status = stage.source.statuses().find(({ name }) => name === 'kubernetes secrets of shop')
    assert.deepEqual(
      [status?.state, status?.lastError],
      ['stale', `reading secrets of shop is not allowed; ${expected}`],
    )
  })

  test('are read as soon as the right is there, which is asked for each minute', async () => {
    await using stage = await Stage.make({}, shop)
    stage.fake.allows = (_, { resource }) => resource !== 'secrets'
    stage.source.start()
    await stage.changed()

    stage.fake.allows = () => true
    await stage.clock.advanceAsync(19_000)
    const { shape } = await stage.changed()

    assert.equal(shape, true)
    assert.equal(look(stage), 'web key')
  })

  test('of a new namespace are waited for, so that an Ingress never comes without its TLS', async () => {
    await using stage = await Stage.complete({}, shop)
    stage.put('secret', secretJson('pay-tls', 'pay key', { namespace: 'pay' }))

    stage.put('ingress', ingressJson('pay', { namespace: 'pay', secret: 'pay-tls' }))
    const { shape } = await stage.changed()

    assert.equal(shape, true)
    assert.equal(look(stage, 'pay-tls', 'pay'), 'pay key')
  })

  test('that do not come within 2 s hold nothing up any longer, and are not called absent', async () => {
    await using stage = await Stage.complete({}, shop)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    stage.fake.intercept = (_, path) => (path.includes('/pay/secrets') ? promise : undefined)
    stage.put('ingress', ingressJson('pay', { namespace: 'pay', secret: 'pay-tls' }))
    await stage.fake.until(() => stage.fake.requests.some((request) => request.includes('/pay/secrets')))
    const held = [stage.calls, stage.source.takeChanges().shape]

    await stage.clock.advanceAsync(2_000)
    const { shape } = await stage.changed()

    assert.deepEqual(held, [0, false])
    assert.equal(shape, true)
    assert.match(look(stage, 'pay-tls', 'pay'), /^wait until secrets of pay have been read/)
    resolve(undefined)
    await stage.changed()
    assert.equal(look(stage, 'pay-tls', 'pay'), 'absent')
  })

  test('that nobody refers to are not kept, and are fetched when somebody does', async () => {
    await using stage = await Stage.complete({}, (stage) => {
      shop(stage)
      stage.put('secret', secretJson('later', 'later key'))
    })

    stage.put('ingress', ingressJson('later', { secret: 'later' }))
    await stage.changed()

    assert.equal(look(stage, 'later'), 'later key')
    assert.ok(secretRequests(stage).includes('GET /api/v1/namespaces/shop/secrets/later'))
  })

  test('that nobody refers to any more before they were fetched hold nothing up, and are not tried again', async () => {
    await using stage = await Stage.complete({}, (stage) => {
      shop(stage)
      stage.put('secret', secretJson('later', 'later key'))
    })
    const tries = () => stage.fake.requests.filter((request) => request.endsWith('/secrets/later')).length
    stage.fake.intercept = (_, path) => (path.endsWith('/secrets/later') ? { status: 500 } : undefined)
    stage.put('ingress', ingressJson('later', { secret: 'later' }))
    await stage.fake.until(() => tries() > 0)

    stage.remove('ingress', 'shop', 'later')
    const { shape } = await stage.changed()
    const before = tries()
    await stage.clock.advanceAsync(120_000)

    assert.deepEqual([shape, tries()], [true, before])
  })

  test('of a namespace that nobody refers to any more are not watched any more', async () => {
    await using stage = await Stage.complete({}, shop)
    await stage.fake.until(() => stage.fake.watched.includes('secrets'))

    stage.remove('ingress', 'shop', 'web')
    await stage.fake.until(() => !stage.fake.watched.includes('secrets'))

    assert.equal(
      stage.source.statuses().some(({ name }) => name.includes('secrets')),
      false,
    )
  })

  test('that are asked for and nobody is seen to refer to are watched until a look at everything does not ask', async () => {
    const annotations = { 'tidegate.dev/tls': '{ caSecret: ca }' }
    await using stage = await Stage.complete({}, (stage) => {
      stage.put('class', classJson('tidegate'))
      stage.put('ingress', ingressJson('web', { annotations }))
      stage.put('secret', secretJson('ca', 'ca key'))
    })
    const lookAt = (name?: string) => stage.source.renew(() => name && look(stage, name))

    const first = lookAt('ca')
    await stage.changed()
    const again = [lookAt('ca'), lookAt('ca')]
    await stage.fake.until(() => stage.fake.watched.includes('secrets'))
    stage.remove('ingress', 'shop', 'web')
    await stage.changed()
    lookAt()
    await stage.fake.until(() => !stage.fake.watched.includes('secrets'))

    assert.match(first ?? '', /^wait until secrets of shop have been read/)
    assert.deepEqual(again, ['ca key', 'ca key'])
  })

  test('stay as they are after a look at everything that fails', async () => {
    const annotations = { 'tidegate.dev/tls': '{ caSecret: ca }' }
    await using stage = await Stage.complete({}, (stage) => {
      stage.put('class', classJson('tidegate'))
      stage.put('ingress', ingressJson('web', { annotations }))
      stage.put('secret', secretJson('ca', 'ca key'))
    })
    stage.source.renew(() => look(stage, 'ca'))
    await stage.changed()

    assert.throws(() =>
      stage.source.renew(() => {
        throw new Error('failed')
      }),
    )

    assert.equal(look(stage, 'ca'), 'ca key')
  })

  test('of which references come and go leave nothing behind', async () => {
    await using stage = await Stage.complete({}, (stage) => stage.put('class', classJson('tidegate')))
    stage.fake.allows = (_, { namespace }) => namespace !== 'denied'

    for (let round = 0; round < 30; round += 1) {
      const namespace = round % 3 === 0 ? 'denied' : `n${round}`
      stage.put('ingress', ingressJson('web', { namespace, secret: `s${round}` }))
      await stage.changed()
      stage.source.renew(() => [look(stage, `s${round}`, namespace), look(stage, `t${round}`, namespace)])
      stage.remove('ingress', namespace, 'web')
      await stage.changed()
      stage.source.renew(() => undefined)
    }
    await stage.fake.until(() => !stage.fake.watched.includes('secrets'))
    const before = stage.fake.requests.length
    await stage.clock.advanceAsync(60_000)

    assert.deepEqual(
      stage.source.statuses().filter(({ name }) => name.includes('secrets')),
      [],
    )
    assert.deepEqual(
      stage.fake.requests.slice(before).filter((request) => request.includes('selfsubjectaccessreviews')),
      [],
    )
  })

  test('that the settings name, and the default certificate, are read without any Ingress', async () => {
    const settings = {
      secrets: { mode: 'namespaces', namespaces: ['pay'] },
      defaultCertificate: { namespace: 'edge', name: 'default' },
    } as const
    await using stage = await Stage.complete({ settings }, (stage) => {
      stage.put('secret', secretJson('default', 'default key', { namespace: 'edge' }))
    })

    assert.equal(look(stage, 'default', 'edge'), 'default key')
    assert.ok(secretRequests(stage).includes('GET /api/v1/namespaces/pay/secrets?limit=500'))
  })

  for (const [namespace, name] of [
    ['shop"; rm -rf ~; "', 'a'],
    ['../kube-system', 'a'],
    ['shop', 'a b'],
    ['', 'a'],
  ] as const) {
    test(`with a name that cannot be (${JSON.stringify(`${namespace}/${name}`)}) are absent, and nobody is asked`, async () => {
      await using stage = await Stage.complete({}, (stage) => stage.put('class', classJson('tidegate')))
      const before = stage.fake.requests.length

      assert.equal(look(stage, name, namespace), 'absent')
      assert.equal(stage.fake.requests.length, before)
    })
  }
})

describe('Secrets by name', () => {
  const settings = { secrets: { mode: 'names', names: [{ namespace: 'shop', name: 'web-tls' }] } } as const

  test('are read one by one, and nothing else', async () => {
    await using stage = await Stage.complete({ settings }, shop)
    await stage.fake.until(() => stage.fake.watched.includes('secrets'))

    assert.equal(look(stage), 'web key')
    assert.deepEqual(secretRequests(stage), [
      'GET /api/v1/namespaces/shop/secrets?fieldSelector=metadata.name%3Dweb-tls&limit=500',
      'GET /api/v1/namespaces/shop/secrets?fieldSelector=metadata.name%3Dweb-tls&watch=1&allowWatchBookmarks=true',
    ])
  })

  test('that the settings do not name are out of reach', async () => {
    await using stage = await Stage.complete({ settings }, shop)

    assert.match(look(stage, 'other'), /^add "shop\/other" to "secrets.names" in the settings/)
  })

  test('without the right say which right', async () => {
    await using stage = await Stage.make({ settings }, shop)
    stage.fake.allows = (_, { resource }) => resource !== 'secrets'
    stage.source.start()
    await stage.changed()

    assert.match(
      look(stage),
      /^give "system:serviceaccount:tidegate:tidegate" a role in "shop" that allows get, list and watch/,
    )
  })
})

describe('Secrets of the cluster', () => {
  const settings = { secrets: { mode: 'cluster' } } as const

  test('are those of every useful type, in one watch', async () => {
    await using stage = await Stage.complete({ settings }, (stage) => {
      shop(stage)
      stage.put('ingress', ingressJson('two', { secret: 'opaque' }))
      stage.put('secret', { ...secretJson('opaque', 'opaque key'), type: 'Opaque' })
      stage.put('secret', { ...secretJson('release', 'no'), type: 'helm.sh/release.v1' })
    })
    await stage.fake.until(() => stage.fake.watched.includes('secrets'))

    assert.equal(look(stage), 'web key')
    assert.equal(look(stage, 'opaque'), 'opaque key')
    assert.equal(look(stage, 'release'), 'absent')
    const requests = secretRequests(stage).filter((request) => !request.includes('/namespaces/'))
    assert.equal(requests.length, 2)
    for (const request of requests)
      assert.match(request, /fieldSelector=type!%3Dkubernetes\.io%2Fservice-account-token%2Ctype!%3Dhelm/)
  })

  test('without the right say the exact command', async () => {
    await using stage = await Stage.make({ settings }, shop)
    stage.fake.allows = (_, { resource }) => resource !== 'secrets'
    stage.source.start()
    await stage.changed()

    assert.equal(
      look(stage),
      'run "kubectl create clusterrolebinding tidegate-secrets --clusterrole=tidegate-secrets --serviceaccount=tidegate:tidegate"',
    )
  })
})
