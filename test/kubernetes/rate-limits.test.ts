import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { ingress } from '../support/kubernetes/objects.ts'
import { RedisServer } from '../support/redis-server.ts'
import { openWebsocket } from '../support/websocket.ts'

const nginx = 'nginx.ingress.kubernetes.io/'

describe('rate limits of Ingresses', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    stage = await ClusterStage.open()
    await stage.deploy({ service: 'web' })
    gateway = await stage.startGateway({})
  })
  after(() => stage[Symbol.asyncDispose]())

  /** Makes an Ingress for a host of its name, waits until it is served, and gives the last of three more answers on two paths. */
  async function asked(name: string, annotations: Readonly<Record<string, string>>) {
    const { namespace, className, client } = stage
    const host = `${name}.test`
    const rules = { [host]: { '/': 'web:80', '/other': 'web:80' } }
    await client.apply(ingress({ namespace, name, className, annotations, rules }))
    await gateway.served({ host }, 'web')
    await gateway.ask({ host })
    await gateway.ask({ host, path: '/other' })
    return gateway.ask({ host, path: '/other' })
  }

  for (const [name, annotations] of [
    ['limit-rpm', { [`${nginx}limit-rpm`]: '1', [`${nginx}limit-burst-multiplier`]: '1' }],
    ['filters', { 'tidegate.dev/filters': '[{ rateLimit: { rate: 1/h, burst: 1 } }]' }],
  ] as const) {
    test(`by ${name} hold for all its paths together`, async () => {
      const { status, headers } = await asked(name, annotations)

      assert.equal(status, 429)
      assert.match(String(headers['retry-after']), /^[0-9]+$/)
      assert.match(String(headers['ratelimit']), /^"client-ip";r=0;t=[0-9]+$/)
    })
  }

  for (const [name, annotations] of [
    ['limit-connections', { [`${nginx}limit-connections`]: '1' }],
    ['filters-at-a-time', { 'tidegate.dev/filters': '[{ concurrencyLimit: { limit: 1 } }]' }],
  ] as const) {
    test(`of requests in flight by ${name} hold for all its paths together, as long as one lasts`, async () => {
      const { namespace, className, client } = stage
      const host = `${name}.test`
      const rules = { [host]: { '/': 'web:80', '/other': 'web:80' } }
      await client.apply(ingress({ namespace, name, className, annotations, rules }))
      await gateway.served({ host }, 'web')

      const socket = await openWebsocket(gateway.process.port('web'), { headers: { host } })
      const other = { host, path: '/other' }
      const above = await gateway.askUntil(other, {
        is: ({ status }) => status === 429,
        what: 'it is limited',
      })
      socket.close()
      const below = await gateway.askUntil(other, { is: ({ status }) => status === 200, what: 'it is free' })

      assert.equal(above.headers['retry-after'], '1')
      assert.equal(above.headers['ratelimit'], '"client-ip";r=0')
      assert.equal(below.status, 200)
    })
  }

  test('leave out the clients of limit-whitelist', async () => {
    const annotations = { [`${nginx}limit-rpm`]: '1', [`${nginx}limit-burst-multiplier`]: '1' }
    const { status } = await asked('whitelist', {
      ...annotations,
      [`${nginx}limit-whitelist`]: '0.0.0.0/0, ::/0',
    })

    assert.equal(status, 200)
  })
})

describe('gateways whose Redis is not there', () => {
  let stage: ClusterStage

  before(async () => {
    stage = await ClusterStage.open()
    await stage.deploy({ service: 'web' })
  })
  after(() => stage[Symbol.asyncDispose]())

  test('divide limits by the ready endpoints of their own Service, which may be in a namespace of its own', async () => {
    const { namespace, className, client } = stage
    const edge = await stage.deploy({
      service: 'edge',
      namespace: await stage.addNamespace(),
      replicas: 3,
    })
    await using redis = await RedisServer.prepare()
    const gateway = await stage.startGateway({
      workers: 2,
      settings: {
        namespaces: [namespace],
        status: { from: 'service', service: `${edge.namespace}/edge` },
      },
      config: { redis: { url: `redis://127.0.0.1:${redis.port}` } },
    })
    const count = (): Promise<number> =>
      gateway.process.metric('tidegate_rate_limit_replicas{from="service"}')
    const line = await gateway.process.line('gateways that share the Redis of rate limits')
    const ofThree = await count()

    const annotations = {
      'tidegate.dev/filters': '[{ rateLimit: { rate: 1/d, burst: 11, key: everyone } }]',
    }
    const host = 'shared.test'
    const rules = { [host]: { '/': 'web:80' } }
    await client.apply(ingress({ namespace, name: 'shared', className, annotations, rules }))
    await gateway.served({ host }, 'web')
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.ask({ host })))
    const admitted = 1 + answers.filter(({ status }) => status === 200).length

    const [pod] = edge.pods
    assert.ok(pod !== undefined)
    edge.mark(pod, { ready: false })
    await edge.write()
    await gateway.process.line('gateways that share the Redis of rate limits', 2)

    assert.deepEqual([line['replicas'], line['from'], ofThree, await count()], [3, 'service', 3, 2])
    // Of twelve at once each gateway admits four, and each of its two workers two.
    assert.ok(admitted >= 2 && admitted <= 4, `${admitted} were admitted`)
  })
})
