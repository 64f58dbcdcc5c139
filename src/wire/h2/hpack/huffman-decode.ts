import { codeLengths, codes, endOfString } from './huffman-code.ts'

/**
 * The code as a machine of 256 states that takes four bits a step. A step is one number: the next state in the lowest 8 bits,
 * the byte that the step completed in the next 8, and flags. Codes have 5 bits or more, so a step completes one at most.
 */
const completes = 1 << 16
/** Ending behind this step is allowed: what follows the last code is at most 7 bits, all ones. */
const mayEnd = 1 << 17
/** The step completed EOS, which no string may hold. */
const broken = 1 << 18
const steps = machine()

/** Where a string is decoded to, before it becomes one; shared, since nothing outlives the call. */
let scratch = Buffer.allocUnsafeSlow(4096)

/**
 * Decodes a Huffman string into `decoded()`. Its length comes back, at most 8/5 of the bytes, or -1 for a string that holds
 * EOS, or does not end in up to 7 ones (RFC 7541 §5.2).
 */
export function decodeHuffman(bytes: Buffer, start: number, end: number): number {
  const most = ((end - start) * 8) / 5
  if (most > scratch.length) scratch = Buffer.allocUnsafeSlow(Math.ceil(most))
  const out = scratch
  let length = 0
  let step = mayEnd
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    step = steps[((step & 255) << 4) | (byte >> 4)] ?? broken
    if (step >= completes) {
      if ((step & broken) !== 0) return -1
      if ((step & completes) !== 0) out[length++] = step >> 8
    }
    step = steps[((step & 255) << 4) | (byte & 15)] ?? broken
    if (step >= completes) {
      if ((step & broken) !== 0) return -1
      if ((step & completes) !== 0) out[length++] = step >> 8
    }
  }
  return (step & mayEnd) === 0 ? -1 : length
}

/** What `decodeHuffman` decoded, until the next call. */
export function decoded(): Buffer {
  return scratch
}

/** A node of the code tree: child nodes, or symbols; -1 where the tree goes on in neither. */
interface Node {
  readonly children: [number, number]
  readonly symbols: [number, number]
  readonly mayEnd: boolean
}

function machine(): Int32Array {
  const nodes = tree()
  const made = new Int32Array(nodes.length * 16)
  for (let state = 0; state < nodes.length; state++) {
    for (let nibble = 0; nibble < 16; nibble++) made[state * 16 + nibble] = stepFrom(nodes, state, nibble)
  }
  return made
}

/** The code tree, its root first; leaves are not nodes. */
function tree(): Node[] {
  const nodes: Node[] = [{ children: [-1, -1], symbols: [-1, -1], mayEnd: true }]
  for (const [symbol, length] of codeLengths.entries()) {
    const code = codes[symbol] ?? 0
    let at = 0
    for (let bit = length - 1; bit > 0; bit--) at = child(nodes, at, code, bit, length)
    const node = nodes[at]
    if (node !== undefined) node.symbols[code & 1] = symbol
  }
  return nodes
}

/** The node below `at` that the code goes through, made when it is not there yet. */
function child(nodes: Node[], at: number, code: number, bit: number, length: number): number {
  const side = (code >>> bit) & 1
  const parent = nodes[at]
  const known = parent?.children[side] ?? -1
  if (known >= 0 || parent === undefined) return known
  const depth = length - bit
  const isOnes = code >>> bit === 2 ** depth - 1
  nodes.push({ children: [-1, -1], symbols: [-1, -1], mayEnd: isOnes && depth <= 7 })
  parent.children[side] = nodes.length - 1
  return nodes.length - 1
}

function stepFrom(nodes: readonly Node[], state: number, nibble: number): number {
  let at = state
  let flags = 0
  for (let bit = 3; bit >= 0; bit--) {
    const side = (nibble >> bit) & 1
    const symbol = nodes[at]?.symbols[side] ?? -1
    if (symbol === endOfString) return broken
    if (symbol >= 0) flags |= completes | (symbol << 8)
    at = symbol >= 0 ? 0 : (nodes[at]?.children[side] ?? 0)
  }
  return at | flags | (nodes[at]?.mayEnd === true ? mayEnd : 0)
}
