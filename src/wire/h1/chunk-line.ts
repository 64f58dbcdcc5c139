/**
 * The line before each chunk: `1a\r\n`, `1a;name=value\r\n` (RFC 9112 §7.1), byte by byte, so that it may arrive in pieces.
 * Stricter than the RFC: at most 16 digits, no white space. Extensions are checked and dropped.
 */

const carriageReturn = 13
const lineFeed = 10
const semicolon = 59
const quote = 34
const backslash = 92
const equals = 61

/** 16 digits hold every size that is counted exactly; more leading zeros than that nobody sends. */
const mostDigits = 16

const inSize = 0
const inName = 1
const inValue = 2
const inQuotes = 3
const inEscape = 4
const behindQuotes = 5
const atLineFeed = 6

/** What a byte came to. */
export const chunkLineGoesOn = 0
export const chunkLineEnds = 1
export const chunkLineBroken = 2

/** Bytes of extensions, from their `;` on; 0 is no limit. */
export interface ExtensionLimits {
  readonly chunkExtension: number
  readonly chunkExtensions: number
}

export class ChunkLine {
  /** Complete when `take` returned `chunkLineEnds`. */
  size = 0
  #state = inSize
  #digits = 0
  /** Characters of the name or value that is being read. */
  #part = 0
  #extension = 0
  #extensions = 0
  #limits: ExtensionLimits = { chunkExtension: 0, chunkExtensions: 0 }

  /** For a new message. */
  reset(limits: ExtensionLimits): void {
    this.#limits = limits
    this.#extensions = 0
    this.next()
  }

  /** For the next line of the same message. */
  next(): void {
    this.size = 0
    this.#state = inSize
    this.#digits = 0
    this.#extension = 0
  }

  /** Takes one byte. */
  take(byte: number): number {
    if (this.#state === inSize) return this.#size(byte)
    if (this.#state === atLineFeed) return byte === lineFeed ? chunkLineEnds : chunkLineBroken
    this.#extension++
    this.#extensions++
    const { chunkExtension, chunkExtensions } = this.#limits
    if (chunkExtension > 0 && this.#extension > chunkExtension) return chunkLineBroken
    if (chunkExtensions > 0 && this.#extensions > chunkExtensions) return chunkLineBroken
    return this.#extend(byte) ? chunkLineGoesOn : chunkLineBroken
  }

  #size(byte: number): number {
    const digit = hexDigits[byte] ?? notHex
    if (digit !== notHex) {
      this.size = this.size * 16 + digit
      const isFine = ++this.#digits <= mostDigits && this.size <= Number.MAX_SAFE_INTEGER
      return isFine ? chunkLineGoesOn : chunkLineBroken
    }
    return this.#digits > 0 && this.#close(byte) ? chunkLineGoesOn : chunkLineBroken
  }

  #extend(byte: number): boolean {
    switch (this.#state) {
      case inName:
        if (byte === equals && this.#part > 0) return this.#enter(inValue)
        return this.#token(byte)
      case inValue:
        if (byte === quote && this.#part === 0) return this.#enter(inQuotes)
        return this.#token(byte)
      case inQuotes:
        if (byte === quote) return this.#enter(behindQuotes)
        return byte === backslash ? this.#enter(inEscape) : isText(byte)
      case inEscape:
        return this.#enter(inQuotes) && isText(byte)
      default:
        return this.#close(byte)
    }
  }

  #token(byte: number): boolean {
    if (tokenBytes[byte] !== 1) return this.#part > 0 && this.#close(byte)
    this.#part++
    return true
  }

  /** What may stand behind a size, a name or a value. */
  #close(byte: number): boolean {
    return byte === semicolon ? this.#enter(inName) : byte === carriageReturn && this.#enter(atLineFeed)
  }

  #enter(state: number): boolean {
    this.#state = state
    this.#part = 0
    return true
  }
}

const notHex = 255

/** The value of each byte as a hexadecimal digit. */
const hexDigits = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return /[0-9A-Fa-f]/.test(character) ? Number.parseInt(character, 16) : notHex
})

/** RFC 9110 §5.6.2. */
const tokenBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

function isText(byte: number): boolean {
  return byte === 9 || (byte >= 32 && byte !== 127)
}
