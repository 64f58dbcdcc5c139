import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KubernetesHalf } from '../../../../src/control/kubernetes/kubernetes-half.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { FakeMaterials } from '../../../support/fake-materials.ts'
import { classJson, ingressJson, serviceJson } from '../../../support/kubernetes/api-objects.ts'
import { kubernetesSettings } from '../../../support/kubernetes/api-settings.ts'
import { connectTo } from '../../../support/kubernetes/connection.ts'
import { FakeApiServer } from '../../../support/kubernetes/fake-api-server.ts'
import type { FakeObject } from '../../../support/kubernetes/fake-store.ts'
import { collections } from '../../../support/kubernetes/source-stage.ts'
import { modelOf } from '../../../support/model.ts'
import { until } from '../../../support/raw-client.ts'

const { settings } = modelOf('listeners: [{ name: web, address: ":8080" }]')
const files = { settings, listeners: [], routes: [], clusters: [] }

/** Secrets of `shop` are needed for TLS to a Service, in a form that is read by translation alone. */
const annotations = { 'tidegate.dev/tls': '{ caSecret: ca }' }

describe('the half that hears changes of Kubernetes', () => {
  test('has Secrets watched that translation asks for, until it does not ask any more', async () => {
    await using fake = await FakeApiServer.start()
    const put = (collection: string, object: Record<string, unknown>) =>
      fake.store.create(collection, object as unknown as FakeObject)
    put(collections.class, classJson('tidegate'))
    put(collections.service, serviceJson('web'))
    put(collections.ingress, ingressJson('web', { annotations }))
    const clock = new FakeClock()
    using api = await connectTo({ url: fake.url, token: 'fake-token' }, clock)
    await using half = new KubernetesHalf({
      settings: kubernetesSettings({ events: 'off' }),
      api,
      env: {},
      clock,
      random: () => 0.5,
      materials: new FakeMaterials(),
      own: { addresses: new Set(), ports: new Set() },
      identity: 'a',
      say: (_, message) => assert.fail(message),
      onDue: () => half.translate(files),
      onStatus: () => undefined,
    })
    const isWatched = (): boolean => {
      clock.advance(100)
      return half
        .statuses()
        .some(({ name, state }) => name === 'kubernetes secrets of shop' && state === 'current')
    }

    half.start()
    await until(isWatched, 'Secrets are watched')
    fake.store.delete(collections.ingress, 'shop/web')
    await until(() => !isWatched(), 'Secrets are not watched any more')

    assert.deepEqual(
      half.statuses().filter(({ name }) => name.includes('secrets')),
      [],
    )
  })
})
