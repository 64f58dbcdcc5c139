import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { frameType, setting } from '../../src/wire/h2/protocol.ts'
import { H2Client, pseudo } from '../support/h2-client.ts'
import { frame, u32 } from '../support/h2-frames.ts'
import { plainGateway } from '../support/plain-gateway.ts'
import { until } from '../support/raw-client.ts'

const p = await plainGateway({
  routes: [
    { path: '/gzip', filters: [{ compress: { encodings: ['gzip'] } }], to: 'origin' },
    { path: '/', to: 'origin' },
  ],
})
const { origin, port } = p

const body = randomBytes(1_500_000)
origin.script = {
  onRequest: () => [
    `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${body.length}\r\n\r\n`,
    body,
  ],
}

const wide = u32(0x3fff_ffff)

/** Asks so often that what waits for the windows of streams is more than a connection may hold: everything else then waits too. */
async function crowd(client: H2Client): Promise<number[]> {
  const ids = Array.from({ length: 20 }, () => client.request(pseudo()))
  const begun = () => ids.filter((id) => client.answer(id).status === 200).length
  await until(() => begun() > 0, 'the first begin')
  for (let before = 0; begun() > before; ) {
    before = begun()
    await setTimeout(100)
  }
  return ids
}

describe('a response on a connection of HTTP/2 that others fill', () => {
  after(() => p[Symbol.asyncDispose]())

  for (const how of ['plain', 'gzip']) {
    for (const when of ['before', 'after'] as const) {
      for (const fate of ['taken', 'reset'] as const) {
        test(`goes on when they are ${fate}: ${how}, asked for ${when} them`, async () => {
          const fields = [...pseudo('GET', `/${how}`), ['accept-encoding', 'gzip'] as const]
          using client = await H2Client.connect(port, {
            settings: [[setting.initialWindowSize, 0]],
            credits: 'no',
          })
          client.send(frame(frameType.windowUpdate, 0, 0, wide))
          const before = when === 'after' ? await crowd(client) : []
          const id = client.request(fields)
          if (when === 'before') await until(() => client.answer(id).status === 200, 'its head has come')
          const others = when === 'before' ? await crowd(client) : before
          client.send(frame(frameType.windowUpdate, 0, id, wide))

          for (const each of others) {
            if (fate === 'reset') client.reset(each)
            else client.send(frame(frameType.windowUpdate, 0, each, wide))
          }
          const got = await client.response(id)

          const bytes = Buffer.concat(got.pieces)
          assert.ok(body.equals(how === 'gzip' ? gunzipSync(bytes) : bytes))
          assert.equal(got.reset, undefined)
        })
      }
    }
  }
})
