import ipaddr from 'ipaddr.js'

/** A set of address blocks. */
export interface CidrSet {
  /** Whether `address` (`203.0.113.7`, `::ffff:203.0.113.7`, `fe80::1%eth0`) is in a block; false for what is no address. */
  has(address: string): boolean
  /** Prefix length of the widest block, counted as IPv6 (IPv4 lengths plus 96); 129 for an empty set. */
  readonly widest: number
}

/** A block as keys that compare as text in the order of addresses. */
interface Block {
  readonly first: string
  readonly last: string
  readonly length: number
}

/**
 * Compiles a list of blocks: `10.0.0.0/8`, `2001:db8::/32`, or a lone address. Addresses are found by binary search.
 *
 * IPv4 inside IPv6 (`::ffff:10.0.0.1`) is IPv4, in blocks and in addresses; `::/0` holds no IPv4 address. Bits behind the
 * prefix are ignored, as routers do.
 *
 * @throws {RangeError} for what is no block; `isCidr` says so beforehand.
 */
export function parseCidrs(list: readonly string[]): CidrSet {
  const blocks = list.map((text) => {
    const block = parseBlock(text)
    if (block === undefined)
      throw new RangeError(`"${text}" is not an address block; write 10.0.0.0/8 or 2001:db8::/32`)
    return block
  })
  const merged = merge(blocks)
  const firsts = merged.map((block) => block.first)
  const lasts = merged.map((block) => block.last)
  return {
    widest: blocks.reduce((least, block) => Math.min(least, block.length), 129),
    has(address) {
      const key = addressKey(address)
      return key !== undefined && holds(firsts, lasts, key)
    },
  }
}

/** Whether `text` is an address block that `parseCidrs` takes. */
export function isCidr(text: string): boolean {
  return parseBlock(text) !== undefined
}

function parseBlock(text: string): Block | undefined {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const words = address.includes('%') ? undefined : parseWords(address)
  if (words === undefined) return undefined
  const isV4 = words.length === 2
  const writtenBits = address.includes(':') ? 128 : 32
  const digits = slash < 0 ? String(writtenBits) : text.slice(slash + 1)
  if (!/^(?:0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > writtenBits) return undefined
  const mapped = isV4 && writtenBits === 128
  const length = Number(digits) - (mapped ? 96 : 0)
  if (length < 0) return undefined
  return {
    first: key(words, length, 0),
    last: key(words, length, 0xffff),
    length: isV4 ? length + 96 : length,
  }
}

/** The address with every bit behind the first `length` ones set to those of `fill`, as text. */
function key(words: readonly number[], length: number, fill: number): string {
  const filled = words.map((word, i) => {
    const kept = Math.min(Math.max(length - 16 * i, 0), 16)
    const mask = (0xffff << (16 - kept)) & 0xffff
    return (word & mask) | (fill & ~mask & 0xffff)
  })
  return (words.length === 2 ? '4' : '6') + String.fromCharCode(...filled)
}

function addressKey(address: string): string | undefined {
  const zone = address.indexOf('%')
  const words = parseWords(zone < 0 ? address : address.slice(0, zone))
  return words && (words.length === 2 ? '4' : '6') + String.fromCharCode(...words)
}

/** Sixteen bits each: two words for IPv4, eight for IPv6. */
function parseWords(text: string): readonly number[] | undefined {
  const dotted = dottedWords(text)
  if (dotted !== undefined) return dotted
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(text) || !text.includes(':') || !ipaddr.IPv6.isValid(text))
    return undefined
  const { parts } = ipaddr.IPv6.parse(text)
  const mapped = parts[5] === 0xffff && parts.slice(0, 5).every((part) => part === 0)
  return mapped ? parts.slice(6) : parts
}

const dot = 0x2e
const zero = 0x30

/** Four decimal parts without leading zeros, the one form of IPv4 that everybody reads the same way. */
function dottedWords(text: string): readonly number[] | undefined {
  if (text.length < 7 || text.length > 15) return undefined
  let bits = 0
  let dots = 0
  // -1 before the first digit of a part.
  let byte = -1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === dot) {
      if (byte < 0) return undefined
      bits = (bits << 8) | byte
      byte = -1
      dots += 1
      continue
    }
    const digit = code - zero
    if (digit < 0 || digit > 9 || byte === 0) return undefined
    byte = byte < 0 ? digit : byte * 10 + digit
    if (byte > 255) return undefined
  }
  if (dots !== 3 || byte < 0) return undefined
  return [(bits >>> 8) & 0xffff, ((bits & 0xff) << 8) | byte]
}

function merge(blocks: readonly Block[]): Block[] {
  const merged: Block[] = []
  for (const block of blocks.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = merged.at(-1)
    if (before === undefined || block.first > before.last) merged.push(block)
    else if (block.last > before.last) merged[merged.length - 1] = { ...before, last: block.last }
  }
  return merged
}

/** Whether the last interval that starts at or before `key` reaches it. */
function holds(firsts: readonly string[], lasts: readonly string[], key: string): boolean {
  let low = 0
  let high = firsts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((firsts[middle] ?? '') <= key) low = middle + 1
    else high = middle
  }
  return low > 0 && (lasts[low - 1] ?? '') >= key
}
