import { hasField } from '../../src/http/field-block.ts'
import { ByteWriter } from '../../src/wire/h2/hpack/byte-writer.ts'
import { HpackDecoder } from '../../src/wire/h2/hpack/decoder.ts'
import { HpackEncoder } from '../../src/wire/h2/hpack/encoder.ts'
import { type HeaderLimits, HeaderList } from '../../src/wire/h2/hpack/header-list.ts'
import { someBlock } from './hpack-blocks.ts'
import { NodeRequester, NodeTaker } from './hpack-node.ts'
import { compressionError } from './hpack-peer.ts'
import { asLines, type HeaderField, pseudoFields, someFields } from './hpack-words.ts'
import { Random } from './random.ts'

/** `decode`: what Node encodes we read; `encode`: what we encode Node reads; `blocks`: both read the same bytes. */
export type HpackSide = 'decode' | 'encode' | 'blocks'

export interface HpackResult {
  readonly cases: number
  /** What is wrong, and with what. */
  readonly finding: string | undefined
}

/** Blocks of one connection: tables have to grow and shrink, and a finding should stay small. */
const mostBlocks = 60
const tableSizes = [0, 64, 100, 1000, 4096, 65_536]
const unlimited: HeaderLimits = { bytes: 0, fields: 0, crumbs: 0, cookieBytes: 0 }

/** Compares our HPACK with Node's over real sessions, until `goesOn` says no or they differ. */
export async function fuzzHpack(
  side: HpackSide,
  seed: number,
  goesOn: (cases: number) => boolean,
): Promise<HpackResult> {
  const random = new Random(seed)
  const connection = { decode: decodeNodes, encode: encodeForNode, blocks: readBoth }[side]
  let cases = 0
  while (goesOn(cases)) {
    const { blocks, finding } = await connection(random)
    cases += blocks
    if (finding !== undefined) return { cases, finding }
  }
  return { cases, finding: undefined }
}

interface Connection {
  readonly blocks: number
  readonly finding: string | undefined
}

async function decodeNodes(random: Random): Promise<Connection> {
  const node = new NodeRequester()
  const list = new HeaderList()
  const decoder = new HpackDecoder(4096)
  try {
    for (let blocks = 0; blocks < mostBlocks; blocks++) {
      if (random.once(8)) {
        const size = random.pick(tableSizes)
        await node.announceTable(size)
        decoder.setTable(size)
      }
      const fields = [...pseudoFields(random), ...someFields(random)]
      const block = await node.request(fields)
      const fault = decoder.decode(block, 0, block.length, unlimited, list) ?? list.fault
      const finding = fault === 'none' ? difference(asLines(fields), linesOf(list)) : fault
      if (finding !== undefined) return { blocks, finding: `${finding} in ${block.toString('hex')}` }
    }
    return { blocks: mostBlocks, finding: undefined }
  } finally {
    node.close()
  }
}

async function encodeForNode(random: Random): Promise<Connection> {
  const encoder = new HpackEncoder(random.pick([4096, 4096, 1000, 0]))
  const node = new NodeTaker((bytes) => encoder.setPeerTable(bytes))
  const writer = new ByteWriter()
  const used: HeaderField[][] = []
  try {
    for (let blocks = 0; blocks < mostBlocks; blocks++) {
      if (random.once(8)) await node.announceTable(random.pick(tableSizes))
      const pseudo = pseudoFields(random)
      const fields = used.length > 0 && random.once(2) ? random.pick(used) : someFields(random)
      used.push(fields)
      const [method = '', scheme = '', authority = '', path = ''] = pseudo.map(([, value]) => value)
      const text = fields.map(([name, value]) => `${anyCase(name, random)}: ${value}\r\n`).join('')
      for (let times = 1 + random.below(3); times > 0; times--) {
        writer.reset()
        encoder.request({ method, scheme, authority, path, protocol: '' }, text, writer)
        const block = Buffer.from(writer.bytes.subarray(0, writer.length))
        const taken = await node.take(block, random)
        const finding =
          taken === undefined ? `refused ${node.goaway}` : difference(asLines([...pseudo, ...fields]), taken)
        if (finding !== undefined) return { blocks, finding: `${finding} in ${block.toString('hex')}` }
      }
    }
    return { blocks: mostBlocks, finding: undefined }
  } finally {
    node.close()
  }
}

async function readBoth(random: Random): Promise<Connection> {
  const node = new NodeTaker(() => undefined)
  const decoder = new HpackDecoder(4096)
  const list = new HeaderList()
  const sent: string[] = []
  try {
    for (let blocks = 1; blocks <= mostBlocks; blocks++) {
      const block = someBlock(random)
      sent.push(block.toString('hex'))
      const fault = decoder.decode(block, 0, block.length, unlimited, list)
      const taken = await node.take(block, random)
      const isBroken = node.goaway === compressionError
      let finding: string | undefined
      if (isBroken !== (fault === 'compression'))
        finding = `Node says ${node.goaway}, we ${fault ?? list.fault}`
      else if (taken !== undefined && isComparable(list)) finding = difference(taken, linesOf(list))
      if (finding !== undefined) return { blocks, finding: `${finding} in ${sent.join(' ')}` }
      if (node.goaway >= 0) return { blocks, finding: undefined }
    }
    return { blocks: mostBlocks, finding: undefined }
  } finally {
    node.close()
  }
}

/** Node drops fields that it takes for malformed; a host is judged by the head here, not by the list. */
function isComparable(list: HeaderList): boolean {
  return list.fault === 'none' && !hasField(list.fields, 'host')
}

function linesOf(list: HeaderList): string[] {
  const pseudo: HeaderField[] = [
    [':method', list.method],
    [':scheme', list.scheme],
    [':authority', list.authority],
    [':path', list.path],
  ]
  return [...pseudo.map(([name, value]) => `${name}: ${value}`), ...list.fields.split('\r\n').slice(0, -1)]
}

/** Pseudo fields in any order; one that is absent is as good as an empty one here. */
function difference(expected: readonly string[], seen: readonly string[]): string | undefined {
  const plain = (lines: readonly string[]): string => {
    const pseudo = lines.filter((line) => line.startsWith(':') && !line.endsWith(': ')).sort()
    return JSON.stringify([...pseudo, ...lines.filter((line) => !line.startsWith(':'))])
  }
  return plain(expected) === plain(seen) ? undefined : `${plain(seen)} instead of ${plain(expected)}`
}

function anyCase(name: string, random: Random): string {
  return random.once(3) ? name.toUpperCase() : name
}
