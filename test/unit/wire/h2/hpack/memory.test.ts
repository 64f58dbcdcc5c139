import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ByteWriter } from '../../../../../src/wire/h2/hpack/byte-writer.ts'
import { HpackEncoder } from '../../../../../src/wire/h2/hpack/encoder.ts'

test('an entry of the encoder does not keep the field block alive that it came in', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const encoder = new HpackEncoder(4096)
  const writer = new ByteWriter()
  const encode = (i: number): void => {
    writer.reset()
    const large = `x-large: ${'l'.repeat(15_000)}${i}\r\n`
    encoder.trailers(Buffer.from(`x-small-and-new: ${i}\r\n${large}`, 'latin1').toString('latin1'), writer)
  }
  encode(0)
  collect()
  const before = process.memoryUsage().heapUsed

  for (let i = 1; i <= 200; i++) encode(i)
  collect()

  const grown = process.memoryUsage().heapUsed - before
  assert.ok(grown < 700_000, `${grown} bytes`)
})
