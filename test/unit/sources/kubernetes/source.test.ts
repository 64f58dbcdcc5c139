import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  classJson,
  configMapJson,
  ingressJson,
  metadata,
  nodeJson,
  serviceJson,
  sliceJson,
} from '../../../support/kubernetes/api-objects.ts'
import { collections, SourceStage as Stage } from '../../../support/kubernetes/source-stage.ts'

function shop(stage: Stage): void {
  stage.put('class', classJson('tidegate'))
  stage.put('ingress', ingressJson('web'))
  stage.put('service', serviceJson('web'))
  stage.put('slice', sliceJson('web-1', 'web', ['10.244.0.1']))
}

/** Looks up what a translation would: only that matters from then on. */
function look(stage: Stage): void {
  stage.source.objects.service('shop', 'web')
  stage.source.objects.slices('shop', 'web')
}

describe('the first complete state', () => {
  test('is told once, when every resource has given its own, and not before', async () => {
    await using stage = await Stage.make({}, shop)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    stage.fake.intercept = (_, path) =>
      path.startsWith(`${collections.service}?limit`) ? promise : undefined
    stage.source.start()
    await stage.fake.until(() => stage.fake.watched.length === 3)
    stage.put('ingress', ingressJson('early'))
    await stage.until(() => [...stage.source.objects.ingresses()].length === 2)

    const before = [stage.source.isComplete(), stage.source.waitingFor(), stage.calls]
    resolve(undefined)
    const changes = await stage.changed()

    assert.deepEqual(before, [false, ['services'], 0])
    assert.deepEqual(changes, { shape: true, services: new Set() })
    assert.equal(stage.source.isComplete(), true)
    assert.deepEqual(stage.source.waitingFor(), [])
    assert.equal(stage.source.objects.service('shop', 'web')?.ports[0]?.port, 80)
  })

  test('counts what may not be read as known (403 on one resource), and says so', async () => {
    await using stage = await Stage.make({}, shop)
    stage.fake.allows = (_, { resource }) => resource !== 'services'
    stage.source.start()

    await stage.changed()

    const services = stage.source.statuses().find(({ name }) => name === 'kubernetes services')
    assert.equal(services?.state, 'stale')
    assert.match(services?.lastError ?? '', /GET "\/api\/v1\/services" is not allowed \(403\)/)
    assert.equal([...stage.source.objects.ingresses()].length, 1)
  })
})

describe('changes', () => {
  test('of slices are told apart from all others', async () => {
    await using stage = await Stage.complete({}, shop)
    look(stage)

    stage.change('slice', sliceJson('web-1', 'web', ['10.244.0.1', '10.244.0.2']))

    assert.deepEqual(await stage.changed(), { shape: false, services: new Set(['shop/web']) })
    assert.deepEqual(stage.source.takeChanges(), { shape: false, services: new Set() })
  })

  test('of slices that nobody looked up are not told', async () => {
    await using stage = await Stage.complete({}, shop)
    look(stage)

    stage.put('slice', sliceJson('other-1', 'other', ['10.244.0.9']))
    stage.put('slice', sliceJson('web-2', 'web', ['10.244.0.3']))

    assert.deepEqual((await stage.changed()).services, new Set(['shop/web']))
  })

  test('leave the list of a Service the same until one of its slices is another', async () => {
    await using stage = await Stage.complete({}, shop)
    const before = stage.source.objects.slices('shop', 'web')
    stage.source.objects.slices('shop', 'other')

    stage.put('slice', sliceJson('other-1', 'other', ['10.244.0.9']))
    await stage.changed()
    const during = stage.source.objects.slices('shop', 'web')
    stage.put('slice', sliceJson('web-2', 'web', ['10.244.0.3']))
    await stage.changed()

    assert.equal(during, before)
    assert.deepEqual(
      stage.source.objects.slices('shop', 'web').map(({ meta }) => meta.name),
      ['web-1', 'web-2'],
    )
  })

  test('of the status of an Ingress alone are none, and leave the object the same', async () => {
    await using stage = await Stage.complete({}, shop)
    const [before] = stage.source.objects.ingresses()
    const version = stage.source.objects.ingressStatus('shop', 'web')?.resourceVersion

    stage.change('ingress', ingressJson('web', { status: [{ ip: '192.0.2.1' }] }))
    stage.put('ingress', ingressJson('later'))
    await stage.until(() => [...stage.source.objects.ingresses()].length === 2)

    const status = stage.source.objects.ingressStatus('shop', 'web')
    assert.equal(stage.calls, 1)
    assert.equal([...stage.source.objects.ingresses()][0], before)
    assert.deepEqual(status?.addresses, [{ ip: '192.0.2.1' }])
    assert.notEqual(status?.resourceVersion, version)
    assert.equal(status?.uid, 'uid-web')
  })

  test('of a Service that was looked up, an Ingress, a class are of shape', async () => {
    await using stage = await Stage.complete({}, shop)
    look(stage)

    stage.change('service', serviceJson('web', { port: 81 }))
    const service = await stage.changed()
    stage.remove('ingress', 'shop', 'web')
    const ingress = await stage.changed()
    stage.put('class', classJson('second'))
    const ingressClass = await stage.changed()

    assert.deepEqual(
      [service, ingress, ingressClass].map(({ shape }) => shape),
      [true, true, true],
    )
    assert.deepEqual([...stage.source.objects.ingresses()], [])
  })

  test('that come in a burst are all there', async () => {
    await using stage = await Stage.complete({}, shop)
    look(stage)
    const addresses = Array.from({ length: 500 }, (_, index) => `10.244.${index >> 8}.${index & 255}`)

    for (const address of addresses) stage.change('slice', sliceJson('web-1', 'web', [address]))
    stage.put('slice', sliceJson('web-2', 'web', []))
    await stage.until(() => stage.source.objects.slices('shop', 'web').length === 2)

    assert.deepEqual(stage.source.objects.slices('shop', 'web')[0]?.endpoints[0]?.addresses, [
      addresses.at(-1),
    ])
  })
})

describe('the API server goes away', () => {
  test('what is known stays, and what changed meanwhile is taken when it is back', async () => {
    await using stage = await Stage.complete({}, shop)
    look(stage)
    stage.fake.intercept = () => ({ status: 503 })
    stage.fake.sever()
    await stage.until(() => stage.source.statuses().every(({ state }) => state === 'stale'))
    const known = [...stage.source.objects.ingresses()].length
    stage.change('slice', sliceJson('web-1', 'web', ['10.244.0.7']))

    stage.fake.intercept = () => undefined
    await stage.clock.advanceAsync(30_000)

    assert.equal(known, 1)
    assert.deepEqual((await stage.changed()).services, new Set(['shop/web']))
    assert.equal(
      stage.source.statuses().every(({ relists }) => relists === 0),
      true,
    )
  })

  test('a half-open watch (silently dead) is noticed without its help', async () => {
    await using stage = await Stage.complete({}, shop)
    look(stage)
    stage.fake.watches = 'stalled'
    stage.change('slice', sliceJson('web-1', 'web', ['10.244.0.7']))
    await stage.fake.until(() => stage.fake.watched.length === 4)

    stage.fake.watches = 'served'
    stage.clock.advance(90_000)
    await stage.until(() => stage.source.statuses().every(({ errors }) => errors === 1))
    await stage.clock.advanceAsync(1_000)

    assert.deepEqual((await stage.changed()).services, new Set(['shop/web']))
  })
})

describe('what is read', () => {
  test('of a list of namespaces is theirs alone, and what the settings name elsewhere', async () => {
    const settings = {
      namespaces: { kind: 'list', names: ['shop', 'pay'] },
      defaultBackend: { namespace: 'ops', name: 'fallback', port: 80 },
      status: { from: 'service', service: { namespace: 'edge', name: 'tidegate' } },
    } as const
    await using stage = await Stage.complete({ settings }, shop)

    await stage.fake.until(() => stage.fake.requests.some((request) => request.includes('/default/')))

    const lists = stage.fake.requests.filter((request) => request.includes('limit=500')).toSorted()
    assert.deepEqual(lists, [
      'GET /api/v1/namespaces/edge/services?fieldSelector=metadata.name%3Dtidegate&limit=500',
      'GET /api/v1/namespaces/ops/services?limit=500',
      'GET /api/v1/namespaces/pay/services?limit=500',
      'GET /api/v1/namespaces/shop/services?limit=500',
      'GET /apis/discovery.k8s.io/v1/namespaces/default/endpointslices?fieldSelector=metadata.name%3Dkubernetes&limit=500',
      'GET /apis/discovery.k8s.io/v1/namespaces/ops/endpointslices?limit=500',
      'GET /apis/discovery.k8s.io/v1/namespaces/pay/endpointslices?limit=500',
      'GET /apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?limit=500',
      'GET /apis/networking.k8s.io/v1/ingressclasses?limit=500',
      'GET /apis/networking.k8s.io/v1/namespaces/pay/ingresses?limit=500',
      'GET /apis/networking.k8s.io/v1/namespaces/shop/ingresses?limit=500',
    ])
  })

  test('of our own Service are its slices, whatever becomes of them', async () => {
    const settings = { namespaces: { kind: 'list', names: ['shop'] } } as const
    const ownService = { namespace: 'edge', name: 'tidegate' }
    await using stage = await Stage.complete({ settings, ownService }, (stage) => {
      shop(stage)
      stage.put('slice', sliceJson('tidegate-1', 'tidegate', ['10.244.1.1'], { namespace: 'edge' }))
      stage.put('slice', sliceJson('other-1', 'other', ['10.244.1.2'], { namespace: 'edge' }))
    })
    const known = () => stage.source.ownSlices().flatMap(({ endpoints }) => endpoints)
    await stage.until(() => known().length === 1)

    stage.change(
      'slice',
      sliceJson('tidegate-1', 'tidegate', ['10.244.1.1', '10.244.1.3'], { namespace: 'edge' }),
    )
    await stage.until(() => known().length === 2)

    assert.equal(stage.calls, 0)
    assert.deepEqual(
      stage.fake.requests.filter((request) => request.includes('/edge/') && request.includes('limit=500')),
      [
        'GET /apis/discovery.k8s.io/v1/namespaces/edge/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dtidegate&limit=500',
      ],
    )
  })

  test('of our own Service is nothing where we may not read it, and nobody waits for it', async () => {
    const settings = { namespaces: { kind: 'list', names: ['shop'] } } as const
    const ownService = { namespace: 'edge', name: 'tidegate' }
    await using stage = await Stage.complete({ settings, ownService }, (stage) => {
      shop(stage)
      stage.put('slice', sliceJson('tidegate-1', 'tidegate', ['10.244.1.1'], { namespace: 'edge' }))
      stage.fake.intercept = (_, path) => (path.includes('/edge/') ? { status: 403 } : undefined)
    })

    assert.equal(stage.source.isComplete(), true)
    await stage.until(() =>
      stage.source.statuses().some(({ name, state }) => name.endsWith('edge/tidegate') && state === 'stale'),
    )
    assert.deepEqual(stage.source.ownSlices(), [])
  })

  test('of namespaces by label are the Ingresses of those that have it', async () => {
    const settings = { namespaces: { kind: 'selector', selector: 'team=web' } } as const
    const labels = { team: 'web' }
    await using stage = await Stage.complete({ settings }, (stage) => {
      shop(stage)
      stage.put('namespace', { metadata: metadata('shop', { namespace: '', labels }) })
      stage.put('ingress', ingressJson('foreign', { namespace: 'other' }))
    })
    const before = [...stage.source.objects.ingresses()].map(({ meta }) => meta.name)

    stage.put('namespace', { metadata: metadata('other', { namespace: '', labels }) })
    const { shape } = await stage.changed()

    assert.deepEqual(before, ['web'])
    assert.equal(shape, true)
    assert.equal([...stage.source.objects.ingresses()].length, 2)
  })

  test('are ConfigMaps that the settings name, by name', async () => {
    const settings = { classParameters: [{ namespace: 'ops', name: 'defaults' }] }
    await using stage = await Stage.complete({ settings }, (stage) => {
      shop(stage)
      stage.put('configMap', configMapJson('defaults', '1', { namespace: 'ops' }))
      stage.put('configMap', configMapJson('other', '1', { namespace: 'ops' }))
    })

    assert.equal(stage.source.objects.configMap('ops', 'defaults')?.data.get('value'), '1')
    assert.equal(stage.source.objects.configMap('ops', 'other'), undefined)
  })

  test('are nodes when the status comes from them: addresses, external ones first', async () => {
    const settings = { status: { from: 'nodes' } } as const
    await using stage = await Stage.complete({ settings }, (stage) => {
      stage.put('node', nodeJson('b', [['InternalIP', '10.0.0.2']]))
      stage.put(
        'node',
        nodeJson('a', [
          ['InternalIP', '10.0.0.1'],
          ['Hostname', 'a'],
        ]),
      )
    })
    const internal = stage.source.nodeAddresses()

    stage.put('node', nodeJson('c', [['ExternalIP', '192.0.2.3']]))
    await stage.changed()

    assert.deepEqual(internal, ['10.0.0.1', '10.0.0.2'])
    assert.deepEqual(stage.source.nodeAddresses(), ['192.0.2.3'])
    assert.equal(stage.source.objects.forbidden.reason('10.0.0.2'), 'it is an address of the node "b"')
  })

  test('is our own node alone for its zone', async () => {
    await using stage = await Stage.complete(
      { settings: { zoneHints: 'on' }, env: { NODE_NAME: 'a' } },
      (stage) => {
        stage.put('node', nodeJson('a', [], 'zone-1'))
      },
    )

    assert.equal(stage.source.objects.zone, 'zone-1')
    assert.deepEqual(
      stage.fake.requests.filter((request) => request.includes('nodes')),
      ['GET /api/v1/nodes/a'],
    )
  })

  test('are ReferenceGrants where they exist; a CRD that is absent is none and no error, and is looked for again', async () => {
    await using stage = await Stage.complete({ settings: { referenceGrants: 'on' } }, shop)
    const before = stage.source.statuses().find(({ name }) => name === 'kubernetes referencegrants')

    stage.fake.addCollection(collections.grant)
    stage.put('grant', { metadata: metadata('grant'), spec: { from: [], to: [] } })
    await stage.clock.advanceAsync(90_000)
    await stage.changed()

    assert.deepEqual([before?.state, before?.lastError, before?.errors], ['current', '', 0])
    assert.deepEqual(
      stage.source.objects.grants().map(({ meta }) => meta.name),
      ['grant'],
    )
  })
})

describe('addresses that no endpoint may have', () => {
  test('are those of the API server, wherever it is known from, and of our own node', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', HOST_IP: 'fd00::5' }
    await using stage = await Stage.complete({ env }, (stage) => {
      stage.put('slice', sliceJson('kubernetes', 'kubernetes', ['172.16.0.2'], { namespace: 'default' }))
    })

    const reason = (address: string) => stage.source.objects.forbidden.reason(address)
    const ofServer = 'it is an address of the API server'
    assert.deepEqual(['127.0.0.1', '10.96.0.1', '172.16.0.2', '::ffff:10.96.0.1'].map(reason), [
      ofServer,
      ofServer,
      ofServer,
      ofServer,
    ])
    assert.equal(reason('fd00:0:0::5'), 'it is the address of the node that the gateway runs on')
    assert.deepEqual(['10.244.0.1', 'web.test', ''].map(reason), [undefined, undefined, undefined])
  })

  test('change with the slices of the API server, which is a change of shape', async () => {
    await using stage = await Stage.complete({}, shop)
    const before = stage.source.objects.forbidden

    stage.put('slice', sliceJson('kubernetes', 'kubernetes', ['172.16.0.3'], { namespace: 'default' }))
    const { shape } = await stage.changed()

    assert.equal(shape, true)
    assert.notEqual(stage.source.objects.forbidden, before)
    assert.notEqual(stage.source.objects.forbidden.reason('172.16.0.3'), undefined)
  })
})
