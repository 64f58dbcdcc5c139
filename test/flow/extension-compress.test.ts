import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { brotliDecompressSync, createBrotliDecompress, createGunzip } from 'node:zlib'
import { getRequest } from '../support/ask.ts'
import { extended } from '../support/extended-gateway.ts'
import { RawClient, until } from '../support/raw-client.ts'
import { type ExtensionScript, later, passing, silent } from '../support/scripted-extensions.ts'

const unpackers = { br: createBrotliDecompress, gzip: createGunzip }

/** Answers with parts, one of which is always under way when it is told to wait. */
function answeringInParts(parts: readonly Buffer[]): ExtensionScript {
  return (_request, events) => {
    let at = 0
    const send = (): boolean => {
      const part = parts[at++]
      if (part === undefined) return false
      const isTaken = events.data(part)
      if (at === parts.length) events.end()
      return isTaken
    }
    const sendAll = (): void => {
      while (send());
      globalThis.setTimeout(send, at % 4)
    }
    events.head(200, 'content-type: text/html\r\n', -1)
    setImmediate(sendAll)
    return { ...silent, drained: sendAll }
  }
}

describe('compression of what extensions answer', () => {
  for (const [how, script, coding, level] of [
    ['at once', passing(), 'br', 'small'],
    ['a turn later', later(passing()), 'gzip', 'fast'],
  ] as const) {
    test(`waits for the client and for its threads: ${coding}, ${how}`, async () => {
      const extension = { extension: import.meta.filename, isolation: 'inline' }
      const filters = [{ compress: { encodings: [coding], level } }, extension]
      await using g = await extended({ script, route: { filters } })
      // What compresses badly, so that as much has to leave as came.
      const body = randomBytes(12_000_000)
      let taken = 0
      const steps = Array.from({ length: 12 }, (_, i) => () => {
        taken++
        return body.subarray(i * 1_000_000, (i + 1) * 1_000_000)
      })
      const head = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${body.length}\r\n\r\n`
      g.origin.script = { onRequest: () => [head, ...steps] }
      const headers = { host: 'a.test', 'accept-encoding': coding }

      const asked = get({ port: g.port, headers })
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      await until(() => taken > 1, 'the origin sends')
      for (let before = -1; taken > before; await setTimeout(200)) before = taken
      const whileWaiting = taken
      const got = createHash('sha256')
      for await (const part of response.pipe(unpackers[coding]())) got.update(part as Buffer)

      assert.ok(whileWaiting < 12, `${whileWaiting} of 12 parts were taken`)
      assert.equal(got.digest('hex'), createHash('sha256').update(body).digest('hex'))
      assert.equal((await g.gateway.outcome()).reason, undefined)
    })
  }

  test('goes on after parts that were under way when it said to wait', async () => {
    const words = randomBytes(800_000)
      .toString('latin1')
      .replaceAll(/[^ -~]/g, 'text ')
    const parts = Array.from({ length: 60 }, (_, i) => Buffer.from(words.slice(i * 40_000, (i + 1) * 40_000)))
    const extension = { extension: import.meta.filename, isolation: 'inline' }
    const filters = [{ compress: { encodings: ['br'], level: 'small' } }, extension]
    await using g = await extended({ script: answeringInParts(parts), route: { filters } })
    using client = await RawClient.connect(g.port)

    client.send(getRequest('/', 'accept-encoding: br\r\n'))
    const got = await client.response(0)

    const body = brotliDecompressSync(Buffer.concat(got.pieces))
    assert.ok(Buffer.concat(parts).equals(body))
  })
})
