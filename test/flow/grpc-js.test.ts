import assert from 'node:assert/strict'
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { describe, test } from 'node:test'
import { compressionAlgorithms, Metadata, status } from '@grpc/grpc-js'
import { GrpcClient, streamed } from '../support/grpc-client.ts'
import { type GrpcStage, grpcStage, type Transport } from '../support/grpc-stage.ts'
import { until, within } from '../support/raw-client.ts'

/** Metadata that the origin gives back, text and bytes, in head and trailers. */
function metadata(): Metadata {
  const made = new Metadata()
  made.set('x-echo-text', 'a b')
  made.set('x-echo-bytes-bin', Buffer.from([0, 255, 44, 10]))
  made.add('x-trailer-many', '1')
  made.add('x-trailer-many', '2')
  made.set('x-trailer-bin', Buffer.from('\r\n\0'))
  return made
}

function texts(messages: readonly Buffer[]): string[] {
  return messages.map(String)
}

/** The status and body of a gRPC call over HTTP/1.1. */
async function overHttp1(stage: GrpcStage): Promise<[number | undefined, string]> {
  const answer = Promise.withResolvers<[number | undefined, string]>()
  const options = {
    host: '127.0.0.1',
    port: stage.port,
    path: '/test.Echo/Unary',
    method: 'POST',
    agent: false,
    headers: { host: 'a.test', 'content-type': 'application/grpc', te: 'trailers' },
    ...(stage.ca === undefined ? {} : { ca: stage.ca, servername: 'a.test' }),
  }
  const sent = (stage.ca === undefined ? plainRequest : secureRequest)(options, (response) => {
    let text = ''
    response.on('data', (data) => {
      text += String(data)
    })
    response.on('end', () => answer.resolve([response.statusCode, text]))
  })
  sent.on('error', answer.reject)
  sent.end('\0\0\0\0\0')
  return await within(answer.promise, 'the answer over HTTP/1.1')
}

for (const transport of ['h2c', 'TLS'] as const satisfies Transport[]) {
  describe(`@grpc/grpc-js on both sides over ${transport}`, () => {
    test('makes a unary call', async () => {
      await using stage = await grpcStage(transport)

      const { code, messages } = await stage.client.unary('Unary', 'hello')

      assert.deepEqual([code, texts(messages)], [status.OK, ['hello']])
      const { protocol, scheme, grpcStatus } = await stage.gateway.outcome()
      assert.deepEqual([protocol, scheme, grpcStatus], ['HTTP/2', transport === 'TLS' ? 'https' : 'http', 0])
    })

    test('streams to the server', async () => {
      await using stage = await grpcStage(transport)

      const { code, messages } = await stage.client.collect(Array.from({ length: 500 }, (_, i) => `${i},`))

      const all = Array.from({ length: 500 }, (_, i) => `${i},`).join('')
      assert.deepEqual([code, texts(messages)], [status.OK, [all]])
    })

    test('streams to the client', async () => {
      await using stage = await grpcStage(transport)

      const { code, messages } = await stage.client.spread('500')

      assert.deepEqual([code, texts(messages)], [status.OK, Array.from({ length: 500 }, (_, i) => String(i))])
    })

    test('streams both ways at once, each message answered before the next', async () => {
      await using stage = await grpcStage(transport)
      const call = stage.client.duplex()
      let came = 0
      call.on('data', (message: Buffer) => {
        assert.equal(String(message), String(came++))
        if (came === 200) call.end()
        else call.write(Buffer.from(String(came)))
      })
      call.write(Buffer.from('0'))

      const { code } = await streamed(call)

      assert.deepEqual([code, came], [status.OK, 200])
    })

    for (const [kind, made] of [
      ['a unary call', (client) => client.unary('Unary', 'm', { metadata: metadata() })],
      ['a stream to the server', (client) => client.collect(['m'], { metadata: metadata() })],
      ['a stream to the client', (client) => client.spread('1', { metadata: metadata() })],
      ['a stream both ways', (client) => client.chat(['m'], { metadata: metadata() })],
    ] as const satisfies [string, (client: GrpcClient) => Promise<unknown>][]) {
      test(`has all metadata of ${kind} there and back, in head and trailers`, async () => {
        await using stage = await grpcStage(transport)

        const { code, head, trailers } = await made(stage.client)

        assert.equal(code, status.OK)
        assert.deepEqual(head?.get('x-echo-text'), ['a b'])
        assert.deepEqual(head?.get('x-echo-bytes-bin'), [Buffer.from([0, 255, 44, 10])])
        assert.equal(trailers.get('x-trailer-many').join(', '), '1, 2')
        assert.deepEqual(trailers.get('x-trailer-bin'), [Buffer.from('\r\n\0')])
      })
    }

    test('sends and gets messages of 16 MiB', async () => {
      await using stage = await grpcStage(transport)
      const large = Buffer.alloc(16 << 20, 'abcdefghijk')

      const { code, messages } = await stage.client.unary('Unary', large)

      assert.equal(code, status.OK)
      assert.ok(messages[0]?.equals(large))
    })

    test('has compressed messages carried', async () => {
      await using stage = await grpcStage(transport)
      const options = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip }
      using client = new GrpcClient(stage.port, stage.ca, options)
      const large = Buffer.alloc(1_000_000, 'a')

      const { code, messages } = await client.unary('Unary', large)

      assert.equal(code, status.OK)
      assert.ok(messages[0]?.equals(large))
      const { requestBytes } = await stage.gateway.outcome()
      assert.ok(requestBytes < 100_000, `${requestBytes} bytes went up`)
    })

    test('keeps 100 streams of one connection open at a time', async () => {
      await using stage = await grpcStage(transport)
      const calls = Array.from({ length: 100 }, () => stage.client.duplex())
      const ends = calls.map(streamed)
      for (const [i, call] of calls.entries()) call.write(Buffer.from(`first of ${i}`))
      await until(() => stage.origin.open() === 100, 'the origin has all of them')

      for (const [i, call] of calls.entries()) call.end(Buffer.from(`last of ${i}`))

      for (const [i, end] of ends.entries()) {
        const { code, messages } = await end
        assert.deepEqual([code, texts(messages)], [status.OK, [`first of ${i}`, `last of ${i}`]])
      }
      assert.equal(new Set(stage.gateway.outcomes.map(({ peerAddress }) => peerAddress)).size, 1)
    })

    test('has 500 calls served that it makes at once', async () => {
      await using stage = await grpcStage(transport)

      const all = await Promise.all(
        Array.from({ length: 500 }, (_, i) => stage.client.unary('Unary', String(i))),
      )

      assert.deepEqual(
        all.map(({ code, messages }) => `${code} ${String(messages[0])}`),
        Array.from({ length: 500 }, (_, i) => `0 ${i}`),
      )
    })

    test('is refused over HTTP/1.1 with 505, in words', async () => {
      await using stage = await grpcStage(transport)

      const [code, text] = await overHttp1(stage)

      assert.equal(code, 505)
      assert.match(text, /HTTP Version Not Supported/)
      assert.equal((await stage.gateway.outcome()).reason, 'grpc_needs_http2')
      assert.equal(stage.origin.calls.length, 0)
    })
  })
}
