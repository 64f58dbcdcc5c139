import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Metadata, status } from '@grpc/grpc-js'
import { forkGrpcOrigin } from '../support/grpc-child.ts'
import { type GrpcClient, streamed } from '../support/grpc-client.ts'
import { grpcStage, type Transport } from '../support/grpc-stage.ts'
import { until } from '../support/raw-client.ts'

for (const transport of ['h2c', 'TLS'] as const satisfies Transport[]) {
  describe(`a client of @grpc/grpc-js over ${transport}`, () => {
    test('gets DEADLINE_EXCEEDED, and the server hears that the call is over', async () => {
      await using stage = await grpcStage(transport)
      const deadline = Date.now() + 300

      const { code } = await stage.client.unary('Hold', 'm', { deadline })

      assert.equal(code, status.DEADLINE_EXCEEDED)
      await until(() => stage.origin.calls[0]?.state === 'cancelled', 'the origin hears of it')
    })

    test('gets DEADLINE_EXCEEDED from the gateway when its own clock does not tell', async () => {
      await using stage = await grpcStage(transport)
      const metadata = new Metadata()
      metadata.set('grpc-timeout', '100m')
      const call = stage.client.duplex({ metadata })

      const { code } = await streamed(call)

      assert.equal(code, status.DEADLINE_EXCEEDED)
      assert.equal((await stage.gateway.outcome()).grpcStatus, status.DEADLINE_EXCEEDED)
    })

    test('has its deadline handed on', async () => {
      await using stage = await grpcStage(transport)
      const deadline = Date.now() + 60_000

      await stage.client.unary('Unary', 'm', { deadline })
      await stage.client.unary('Unary', 'm')

      const [first, second] = stage.origin.calls.map((call) => call.deadline)
      assert.ok(first !== undefined && Number.isFinite(first), `the deadline is ${first}`)
      assert.equal(second, Number.POSITIVE_INFINITY)
    })

    for (const [kind, begin] of [
      ['a stream to it', (client) => client.stream('Endless', '')],
      ['a stream both ways', (client) => client.duplex()],
    ] as const satisfies [string, (client: GrpcClient) => ReturnType<GrpcClient['stream']>][]) {
      test(`cancels ${kind}, and the server hears of it`, async () => {
        await using stage = await grpcStage(transport)
        const call = begin(stage.client)
        const end = streamed(call)
        await until(() => stage.origin.open() === 1, 'the origin has the call')

        call.cancel()

        assert.equal((await end).code, status.CANCELLED)
        await until(() => stage.origin.calls[0]?.state === 'cancelled', 'the origin hears of it')
        const { reason, grpcStatus } = await stage.gateway.outcome()
        assert.deepEqual([reason, grpcStatus], ['client_closed', status.CANCELLED])
        assert.equal((await stage.client.unary('Unary', 'm')).code, status.OK)
      })
    }

    test('is served beside a stream of its connection that never ends', async () => {
      await using stage = await grpcStage(transport)
      const call = stage.client.stream('Endless', '')
      let came = 0
      call.on('data', () => {
        came++
      })
      call.on('error', () => {})

      for (let i = 0; i < 100; i++) {
        const seen = came
        assert.equal((await stage.client.unary('Unary', 'm')).code, status.OK)
        await until(() => came > seen, 'the stream goes on')
      }

      assert.equal(stage.origin.calls[0]?.state, 'open')
      call.cancel()
    })

    test('gets the answer of the third try when two were UNAVAILABLE', async () => {
      await using stage = await grpcStage(transport, {
        route: { retry: { on: ['grpc-status'], attempts: 2 } },
      })
      stage.origin.failures = 2

      const { code, messages } = await stage.client.unary('Unary', 'again')

      assert.deepEqual([code, messages.map(String)], [status.OK, ['again']])
      assert.equal(stage.origin.calls.length, 3)
      assert.equal((await stage.gateway.outcome()).attempts, 3)
    })

    test('gets UNAVAILABLE with its words when nothing retries', async () => {
      await using stage = await grpcStage(transport)
      stage.origin.failures = 1

      const { code, details } = await stage.client.unary('Unary', 'once')

      assert.deepEqual([code, details], [status.UNAVAILABLE, 'not now'])
      assert.equal(stage.origin.calls.length, 1)
    })

    test('gets UNIMPLEMENTED for a method that the server does not have', async () => {
      await using stage = await grpcStage(transport)

      assert.equal((await stage.client.unary('Missing', 'm')).code, status.UNIMPLEMENTED)
    })

    test('gets UNIMPLEMENTED where no route is', async () => {
      await using stage = await grpcStage(transport, { route: { hosts: ['other.test'] } })

      assert.equal((await stage.client.unary('Unary', 'm')).code, status.UNIMPLEMENTED)
      assert.equal(stage.origin.calls.length, 0)
    })

    test('is not sent to a server that says it does not serve, until it does', async () => {
      const times = { interval: '500ms', timeout: '500ms', healthyAfter: 1, unhealthyAfter: 1 }
      await using stage = await grpcStage(transport, {
        cluster: { health: { kind: 'grpc', ...times }, panicThreshold: 0 },
      })
      const state = () => stage.gateway.gateway.registry.describe()[0]?.endpoints[0]?.state
      await until(() => state() === 'healthy', 'the server is healthy')
      const well = await stage.client.unary('Unary', 'm')
      stage.origin.health = 'not serving'
      await until(() => state() === 'unhealthy', 'the server is ill')
      const ill = await stage.client.unary('Unary', 'm')
      stage.origin.health = 'serving'
      await until(() => state() === 'healthy', 'the server is healthy again')

      const again = await stage.client.unary('Unary', 'm')

      assert.deepEqual(
        [well, ill, again].map(({ code }) => code),
        [status.OK, status.UNAVAILABLE, status.OK],
      )
      assert.equal(stage.origin.calls.length, 2)
    })

    test('loses no call when one of two servers leaves', async () => {
      await using stage = await grpcStage(transport, { count: 2, cluster: { balance: 'round-robin' } })
      const [first] = stage.origins
      const calls = [stage.client.duplex(), stage.client.duplex()]
      const ends = calls.map(streamed)
      for (const call of calls) call.write(Buffer.from('before'))
      await until(() => stage.origins.every((origin) => origin.open() === 1), 'each has one')

      const left = first?.leave()
      const codes: number[] = []
      for (let i = 0; i < 50; i++) codes.push((await stage.client.unary('Unary', 'm')).code)
      for (const call of calls) call.end(Buffer.from('after'))

      for (const end of ends) {
        const { code, messages } = await end
        assert.deepEqual([code, messages.map(String)], [status.OK, ['before', 'after']])
      }
      await left
      assert.deepEqual(new Set(codes), new Set([status.OK]))
    })
  })
}

describe('a client of @grpc/grpc-js whose server is killed', () => {
  test('gets what came, and UNAVAILABLE', async () => {
    await using child = await forkGrpcOrigin()
    await using stage = await grpcStage('h2c', { count: 0, endpoints: [child.address] })
    const calls = Array.from({ length: 10 }, () => stage.client.duplex())
    let came = 0
    const ends = calls.map(async (call) => {
      call.on('data', () => {
        came++
      })
      call.write(Buffer.from('before'))
      return await streamed(call)
    })
    await until(() => came === 10, 'each has its first answer')

    await child.kill()

    for (const end of ends) {
      const { code, messages } = await end
      assert.deepEqual([code, messages.map(String)], [status.UNAVAILABLE, ['before']])
    }
    const outcomes = stage.gateway.outcomes.map(({ grpcStatus, status: http }) => [http, grpcStatus])
    assert.deepEqual(
      outcomes,
      Array.from(calls, () => [200, status.UNAVAILABLE]),
    )
  })

  test('has further calls served by another', async () => {
    await using child = await forkGrpcOrigin()
    await using stage = await grpcStage('h2c', {
      endpoints: [child.address],
      cluster: { balance: 'round-robin' },
    })
    for (let i = 0; i < 4; i++) await stage.client.unary('Unary', 'm')
    await child.kill()

    const codes: number[] = []
    for (let i = 0; i < 20; i++) codes.push((await stage.client.unary('Unary', 'm')).code)

    assert.deepEqual(new Set(codes), new Set([status.OK]))
    assert.equal(stage.origin.calls.length, 22)
  })
})
