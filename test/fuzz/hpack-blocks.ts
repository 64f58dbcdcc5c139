import { ByteWriter } from '../../src/wire/h2/hpack/byte-writer.ts'
import { huffmanLength, writeHuffman } from '../../src/wire/h2/hpack/huffman-encode.ts'
import { writeInteger } from '../../src/wire/h2/hpack/literal.ts'
import { type HeaderField, pseudoFields, someFields } from './hpack-words.ts'
import type { Random } from './random.ts'

const sizes = [0, 31, 32, 64, 100, 1000, 4095, 4096]

/** A block of a request in any representation that RFC 7541 has, whole at first, then in most cases broken in a place. */
export function someBlock(random: Random): Buffer {
  const writer = new ByteWriter()
  if (random.once(6)) writeInteger(0x20, 31, random.pick(sizes), writer)
  if (random.once(20)) writeInteger(0x20, 31, random.pick(sizes), writer)
  for (const field of pseudoFields(random)) writeLiteral(field, 0, random, writer)
  // Entries that this block made are there, whatever the ones before it did.
  let made = 0
  for (const field of someFields(random)) {
    if (random.once(3)) writeInteger(0x80, 127, someIndex(made, random), writer)
    else made += writeLiteral(field, made, random, writer)
  }
  const block = Buffer.from(writer.bytes.subarray(0, writer.length))
  return random.once(3) ? broken(block, random) : block
}

/** Of an entry that is there, mostly, and is a field, not a pseudo field. */
function someIndex(made: number, random: Random): number {
  if (random.once(60)) return random.below(130)
  return made > 0 && random.once(2) ? 62 + random.below(made) : random.pick([16, 19, 24, 51])
}

/** Returns how many entries it made. */
function writeLiteral([name, value]: HeaderField, made: number, random: Random, into: ByteWriter): number {
  const [pattern, prefix] = random.pick([
    [0x40, 63],
    [0x40, 63],
    [0, 15],
    [0x10, 15],
  ] as const)
  if (!name.startsWith(':') && random.once(6)) writeInteger(pattern, prefix, someIndex(made, random), into)
  else {
    writeInteger(pattern, prefix, 0, into)
    writeEither(name, random, into)
  }
  writeEither(value, random, into)
  return pattern === 0x40 ? 1 : 0
}

/** With Huffman or without, whichever is shorter. */
function writeEither(text: string, random: Random, into: ByteWriter): void {
  if (random.once(2)) {
    writeInteger(0, 127, text.length, into)
    return into.latin1(text)
  }
  const size = huffmanLength(text)
  writeInteger(128, 127, size, into)
  writeHuffman(text, size, into)
}

function broken(block: Buffer, random: Random): Buffer {
  const at = random.below(block.length + 1)
  switch (random.below(6)) {
    case 0:
      return block.subarray(0, at)
    case 1:
      return Buffer.concat([block.subarray(0, at), block.subarray(at + 1 + random.below(3))])
    case 2:
      return Buffer.concat([block.subarray(0, at), Buffer.from([random.below(256)]), block.subarray(at)])
    case 3:
      return Buffer.concat([block, Buffer.from([random.pick([0x80, 0xff, 0x20, 0x3f, 0x00, 0x40, 0xbe])])])
    default: {
      const changed = Buffer.from(block)
      if (block.length > 0) changed[at % block.length] = random.once(2) ? random.below(256) : 0xff
      return changed
    }
  }
}
