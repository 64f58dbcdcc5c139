import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { Output } from '../../../../src/proxy/h1/output.ts'

/** A socket whose peer takes nothing until it is let go. */
class StuckSocket extends Writable {
  readonly taken: string[] = []
  #go: (() => void) | undefined
  #stuck = true

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(chunk.toString('latin1'))
    if (this.#stuck) this.#go = done
    else setImmediate(done)
  }

  release(): void {
    this.#stuck = false
    this.#go?.()
  }
}

function byteByByte(output: Output, count: number): void {
  for (let i = 0; i < count; i++) {
    output.bytes(Buffer.from([97 + (i % 26)]), 0, 1, true)
    output.flushPart()
  }
}

test('parts of one byte that wait behind a write leave in few writes, in order, and completely', async () => {
  const socket = new StuckSocket()
  const output = new Output(socket as unknown as Socket)
  output.text('head ')
  output.flushPart()

  byteByByte(output, 30_000)
  output.text(' end')
  output.flush()
  socket.end()
  socket.release()
  await new Promise((resolve) => socket.once('finish', resolve))

  const letters = Array.from({ length: 30_000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('')
  assert.equal(socket.taken.join(''), `head ${letters} end`)
  assert.ok(socket.taken.length < 20, `${socket.taken.length} writes`)
})

test('what was gathered leaves by itself once the write before it is through', async () => {
  const socket = new StuckSocket()
  const output = new Output(socket as unknown as Socket)
  output.text('head ')
  output.flushPart()
  byteByByte(output, 100)

  socket.release()
  while (socket.taken.join('').length < 105) await new Promise(setImmediate)

  assert.equal(output.empty, true)
})
