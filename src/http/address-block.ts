/** Prefix lengths of blocks that count as one. */
export interface BlockLengths {
  readonly v4: number
  readonly v6: number
}

/**
 * The block that an address lies in, as text that is the same for all addresses of the block: `203.0.113.7` with 32 bits,
 * `203.0.113.0/24` with 24, `2001:db8:0:1/64` of `2001:db8::1:0:0:0:7`. IPv4 inside IPv6 is IPv4; zones (`%eth0`) are dropped.
 * What is no address comes back as it is. Takes no regular expression, and for whole IPv4 addresses allocates nothing.
 */
export function addressBlock(address: string, { v4, v6 }: BlockLengths): string {
  if (!address.includes(':')) return v4 === 32 ? address : v4Block(address, v4)
  if (!readWords(address)) return address
  if (isMapped()) return v4Text((word(6) * 65_536 + word(7)) >>> 0, v4)
  let text = ''
  const count = Math.ceil(v6 / 16)
  for (let i = 0; i < count; i++) {
    const kept = Math.min(v6 - 16 * i, 16)
    text += (i === 0 ? '' : ':') + (word(i) & (0xffff << (16 - kept))).toString(16)
  }
  return `${text}/${v6}`
}

function v4Block(address: string, length: number): string {
  const bits = readDotted(address, 0)
  return bits < 0 ? address : v4Text(bits, length)
}

function v4Text(bits: number, length: number): string {
  const kept = length === 32 ? bits : (bits & (0xffffffff << (32 - length))) >>> 0
  const text = `${kept >>> 24}.${(kept >>> 16) & 255}.${(kept >>> 8) & 255}.${kept & 255}`
  return length === 32 ? text : `${text}/${length}`
}

/** Of the address being read; used again for the next. */
const words = new Uint16Array(8)

function word(index: number): number {
  return words[index] ?? 0
}

/** `::ffff:0:0/96`, RFC 4291 §2.5.5.2. */
function isMapped(): boolean {
  for (let i = 0; i < 5; i++) if (word(i) !== 0) return false
  return word(5) === 0xffff
}

/** Reads an IPv6 address into `words`. @returns whether it is one. */
function readWords(text: string): boolean {
  const zone = text.indexOf('%')
  const end = zone < 0 ? text.length : zone
  let count = 0
  // Where `::` stands, in words; -1 as long as there is none.
  let gap = -1
  let at = 0
  if (text.startsWith('::')) {
    gap = 0
    at = 2
  }
  while (at < end) {
    if (count === 8) return false
    const stop = groupEnd(text, at, end)
    if (text.charCodeAt(stop) === dot) {
      const bits = readDotted(text.slice(0, end), at)
      if (bits < 0 || count > 6) return false
      words[count++] = bits >>> 16
      words[count++] = bits & 0xffff
      break
    }
    if (stop === at || stop - at > 4) return false
    words[count++] = hexValue(text, at, stop)
    if (stop === end) break
    if (text.charCodeAt(stop) !== colon) return false
    at = stop + 1
    if (text.charCodeAt(at) === colon) {
      if (gap >= 0) return false
      gap = count
      at += 1
    } else if (at >= end) return false
  }
  return gap < 0 ? count === 8 : spread(gap, count)
}

/** Puts zeros where `::` stood. */
function spread(gap: number, count: number): boolean {
  if (count > 7) return false
  words.copyWithin(gap + 8 - count, gap, count)
  words.fill(0, gap, gap + 8 - count)
  return true
}

function groupEnd(text: string, from: number, end: number): number {
  let at = from
  while (at < end && hexDigit(text.charCodeAt(at)) >= 0) at += 1
  return at
}

function hexValue(text: string, from: number, end: number): number {
  let value = 0
  for (let at = from; at < end; at++) value = value * 16 + hexDigit(text.charCodeAt(at))
  return value
}

const dot = 46
const colon = 58

/** -1 for what is no digit. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** The four parts of `text` from `from` to its end as one number; -1 when they are none. */
function readDotted(text: string, from: number): number {
  let bits = 0
  let dots = 0
  let byte = -1
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === dot) {
      if (byte < 0) return -1
      bits = bits * 256 + byte
      byte = -1
      dots += 1
      continue
    }
    if (code < 48 || code > 57) return -1
    byte = (byte < 0 ? 0 : byte * 10) + code - 48
    if (byte > 255) return -1
  }
  return dots === 3 && byte >= 0 ? bits * 256 + byte : -1
}
