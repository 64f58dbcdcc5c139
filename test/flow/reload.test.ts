import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, beforeEach, describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { type Config, startGateway } from '../support/gateway.ts'
import { bodyText } from '../support/message-reader.ts'
import { answer, Origin } from '../support/origin.ts'
import { RawClient, until } from '../support/raw-client.ts'

const one = await Origin.start()
const two = await Origin.start()

function config(
  endpoint: string,
  more: { routes?: readonly Config[]; listeners?: readonly Config[]; clusters?: Config } = {},
): Config {
  return {
    listeners: [{ name: 'web', address: '127.0.0.1:0' }, ...(more.listeners ?? [])],
    routes: [{ to: 'c' }, ...(more.routes ?? [])],
    clusters: { c: { endpoints: [endpoint] }, ...more.clusters },
  }
}

describe('a reload', () => {
  after(async () => {
    await one[Symbol.asyncDispose]()
    await two[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    one.script = { onRequest: () => answer(200, 'one') }
    two.script = { onRequest: () => answer(200, 'two') }
    one.forget()
    two.forget()
  })

  test('closes no connection, and the next request on it goes the new way', async () => {
    await using gateway = await startGateway(config(one.address))
    using client = await RawClient.connect(gateway.port())
    await client.send(getRequest('/')).response(0)

    await gateway.install(config(two.address))
    const second = await client.send(getRequest('/')).response(1)

    assert.deepEqual([bodyText(second), client.state], ['two', 'open'])
  })

  test('fifty times under load loses no request and closes no connection', async () => {
    await using gateway = await startGateway(config(one.address))
    const clients = await Promise.all(Array.from({ length: 16 }, () => RawClient.connect(gateway.port())))
    const stop = new AbortController()
    const loads = clients.map(async (client) => {
      for (let n = 0; !stop.signal.aborted; n++) await client.send(getRequest(`/${n}`)).response(n)
    })

    for (let i = 0; i < 50; i++) {
      const routes = [{ path: `/p${i}`, filters: [{ respond: { status: 204 } }] }]
      await gateway.install(config(i % 2 === 0 ? one.address : two.address, { routes }))
      await new Promise((resolve) => setImmediate(resolve))
    }
    stop.abort()
    await Promise.all(loads)
    const states = clients.map(({ state }) => state)
    for (const client of clients) client[Symbol.dispose]()

    assert.deepEqual(new Set(states), new Set(['open']))
    assert.deepEqual(new Set(gateway.outcomes.map(({ status }) => status)), new Set([200]))
    assert.equal(gateway.gateway.counts().accepted, 16)
  })

  test('leaves a request that is under way with what it had', async () => {
    const gate = Promise.withResolvers<void>()
    one.script = { onRequest: () => [gate.promise, answer(200, 'from one')] }
    await using gateway = await startGateway(config(one.address, { routes: [{ path: '/x', to: 'c' }] }))
    using client = await RawClient.connect(gateway.port())
    client.send(getRequest('/x'))
    await until(() => one.requests.length === 1, 'the request is under way')

    await gateway.install(config(two.address))
    gate.resolve()

    assert.equal(bodyText(await client.response(0)), 'from one')
  })

  test('keeps upstream connections whose endpoint stays', async () => {
    await using gateway = await startGateway(config(one.address))
    await ask(gateway.port(), getRequest('/1'))

    await gateway.install(config(one.address, { routes: [{ path: '/new', to: 'c' }] }))
    await ask(gateway.port(), getRequest('/2'))

    assert.deepEqual(
      one.requests.map(({ connection }) => connection),
      [one.requests[0]?.connection, one.requests[0]?.connection],
    )
  })

  test('closes idle upstream connections of an endpoint that is gone', async () => {
    await using gateway = await startGateway(config(one.address))
    await ask(gateway.port(), getRequest('/1'))

    await gateway.install(config(two.address))
    await until(() => one.requests[0]?.stillOpen() === false, 'the connection is gone')

    assert.equal((await ask(gateway.port(), getRequest('/2'))).body, 'two')
  })

  test('accepts on a listener that is new', async () => {
    await using gateway = await startGateway(config(one.address))

    await gateway.install(config(one.address, { listeners: [{ name: 'second', address: '127.0.0.1:0' }] }))

    assert.equal((await ask(gateway.port('second'), getRequest('/'))).status, 200)
  })

  test('stops accepting on a listener that is gone, and lets its requests finish', async () => {
    const gate = Promise.withResolvers<void>()
    one.script = { onRequest: () => [gate.promise, answer(200, 'finished')] }
    await using gateway = await startGateway(
      config(one.address, { listeners: [{ name: 'second', address: '127.0.0.1:0' }] }),
    )
    const port = gateway.port('second')
    using client = await RawClient.connect(port)
    client.send(getRequest('/'))
    await until(() => one.requests.length === 1, 'the request is under way')

    await gateway.install(config(one.address))
    const refused = await new Promise((resolve) => {
      connect(port, '127.0.0.1')
        .once('connect', () => resolve('connected'))
        .once('error', () => resolve('refused'))
    })
    gate.resolve()

    assert.deepEqual([refused, bodyText(await client.response(0))], ['refused', 'finished'])
  })

  test('takes new settings of a listener for the connections that are there', async () => {
    await using gateway = await startGateway(config(one.address))
    using client = await RawClient.connect(gateway.port())
    await client.send(getRequest('/')).response(0)

    const changed = config(one.address)
    await gateway.install({
      ...changed,
      listeners: [{ name: 'web', address: '127.0.0.1:0', serverHeader: 'changed' }],
    })
    const response = await client.send(getRequest('/')).response(1)

    assert.ok(response.head.toLowerCase().includes('server: changed'))
  })
})
