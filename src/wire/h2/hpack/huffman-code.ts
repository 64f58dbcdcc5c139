/**
 * Bits of each byte's code (RFC 7541 Appendix B), then of EOS. The codes follow from the lengths: shorter ones first, and
 * among equals in the order of the symbols.
 */
const lengths: readonly number[] = [
  // 00
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28,
  // 20
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  // 40
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  // 60
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  // 80
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22,
  23, 22, 23, 23, 24,
  // A0
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22,
  22, 23, 22, 22, 23,
  // C0
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26,
  26, 28, 27, 27, 27,
  // E0
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27,
  27, 27, 27, 27, 26,
  // EOS
  30,
]
const longest = 30

/** The symbol that stands for no byte: a string that holds it is broken (RFC 7541 §5.2). */
export const endOfString = 256

/** Bits of each symbol's code, `endOfString` included. */
export const codeLengths: Uint8Array = Uint8Array.from(lengths)

/** The code of each symbol, in its lowest bits. */
export const codes: Uint32Array = assigned()

function assigned(): Uint32Array {
  const made = new Uint32Array(lengths.length)
  let next = 0
  for (let length = 1; length <= longest; length++) {
    for (const [symbol, bits] of lengths.entries()) if (bits === length) made[symbol] = next++
    next *= 2
  }
  return made
}
