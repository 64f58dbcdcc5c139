import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { ingress } from '../support/kubernetes/objects.ts'
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
