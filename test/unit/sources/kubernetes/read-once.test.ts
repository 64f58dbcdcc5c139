import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError } from '../../../../src/sources/kubernetes/api.ts'
import { type ReadOnce, readKubernetesOnce } from '../../../../src/sources/kubernetes/read-once.ts'
import {
  classJson,
  ingressJson,
  secretJson,
  serviceJson,
  sliceJson,
} from '../../../support/kubernetes/api-objects.ts'
import { kubernetesSettings } from '../../../support/kubernetes/api-settings.ts'
import { connectTo } from '../../../support/kubernetes/connection.ts'
import { FakeApiServer } from '../../../support/kubernetes/fake-api-server.ts'
import type { FakeObject } from '../../../support/kubernetes/fake-store.ts'
import { collections } from '../../../support/kubernetes/source-stage.ts'

async function cluster(): Promise<FakeApiServer> {
  const fake = await FakeApiServer.start()
  const put = (collection: string, object: object) => fake.store.create(collection, object as FakeObject)
  put(collections.class, classJson('tidegate'))
  put(collections.ingress, ingressJson('web', { secret: 'web-tls' }))
  put(collections.service, serviceJson('web'))
  put(collections.slice, sliceJson('web-1', 'web', ['10.244.0.1']))
  put(collections.secret, secretJson('web-tls', 'web key'))
  return fake
}

async function readFrom(fake: FakeApiServer, settings = kubernetesSettings()): Promise<ReadOnce> {
  using api = await connectTo({ url: fake.url, token: 'fake-token' })
  return await readKubernetesOnce(settings, api)
}

describe('reading a cluster once', () => {
  test('gives what the source would follow, and watches nothing', async () => {
    await using fake = await cluster()

    const { objects, problems } = await readFrom(fake)

    const secret = objects.secret('shop', 'web-tls')
    assert.deepEqual(problems, [])
    assert.deepEqual(
      [...objects.ingresses()].map(({ meta }) => meta.name),
      ['web'],
    )
    assert.deepEqual(
      [...objects.classes()].map(({ meta }) => meta.name),
      ['tidegate'],
    )
    assert.equal(objects.service('shop', 'web')?.type, 'ClusterIP')
    assert.deepEqual(
      objects.slices('shop', 'web').map(({ meta }) => meta.name),
      ['web-1'],
    )
    assert.equal(secret.kind === 'found' && secret.secret.key?.reveal(), 'web key')
    assert.equal(objects.secret('shop', 'none').kind, 'absent')
    assert.deepEqual(
      fake.requests.filter((request) => request.includes('watch=')),
      [],
    )
  })

  test('reads Secrets where the source would look for them, and not where it would not', async () => {
    await using fake = await cluster()
    const put = (object: object) => fake.store.create(collections.ingress, object as FakeObject)
    put(ingressJson('ca', { namespace: 'pay', annotations: { 'tidegate.dev/tls': '{ caSecret: ca }' } }))
    for (let index = 10; index < 50; index += 1) {
      const annotations = { 'tidegate.dev/tls-secret': `n${index}/s` }
      put(ingressJson(`web-${index}`, { namespace: 'many', annotations }))
    }
    fake.store.create(collections.secret, secretJson('ca', 'ca key', { namespace: 'pay' }) as FakeObject)

    const { objects } = await readFrom(fake)

    assert.equal(objects.secret('pay', 'ca').kind, 'found')
    assert.equal(objects.secret('n41', 's').kind, 'absent')
    assert.match(JSON.stringify(objects.secret('n42', 's')), /out of reach.*at most 32 besides/)
    assert.equal(fake.requests.filter((request) => /\/namespaces\/n\d+\/secrets/.test(request)).length, 32)
  })

  test('makes a right that is missing a sentence, and Secrets out of reach', async () => {
    await using fake = await cluster()
    fake.allows = (_, { resource }) => resource !== 'secrets' && resource !== 'services'

    const { objects, problems } = await readFrom(fake)

    assert.equal([...objects.ingresses()].length, 1)
    assert.equal(objects.service('shop', 'web'), undefined)
    assert.deepEqual(objects.secret('shop', 'web-tls'), {
      kind: 'out of reach',
      remedy: 'run this with the right to read Secrets in "shop"',
    })
    assert.deepEqual(problems.map((problem) => problem.slice(0, 42)).toSorted(), [
      'secrets of shop could not be read: GET "/a',
      'services could not be read: GET "/api/v1/s',
    ])
  })

  test('takes a CRD that is absent for none', async () => {
    await using fake = await cluster()

    const { objects, problems } = await readFrom(fake, kubernetesSettings({ referenceGrants: 'on' }))

    assert.deepEqual([objects.grants(), problems], [[], []])
  })

  test('names an object that is not of its form, and gives the others', async () => {
    await using fake = await cluster()
    const broken = { ...ingressJson('broken'), spec: { rules: 'all' } }
    fake.store.create(collections.ingress, broken as unknown as FakeObject)

    const { objects, problems } = await readFrom(fake)

    assert.deepEqual(problems, ['ingresses: "shop/broken" is left out: "spec.rules" is not a list'])
    assert.equal([...objects.ingresses()].length, 1)
  })

  test('fails when the API server does not accept us', async () => {
    await using fake = await cluster()
    fake.tokens.clear()

    await assert.rejects(readFrom(fake), (error) => error instanceof ApiError && error.status === 401)
  })
})
