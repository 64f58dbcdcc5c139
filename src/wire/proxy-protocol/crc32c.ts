/** The Castagnoli polynomial, bits reversed. RFC 3309 §3. */
const polynomial = 0x82f63b78

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let bits = byte
  for (let i = 0; i < 8; i++) bits = bits & 1 ? (bits >>> 1) ^ polynomial : bits >>> 1
  return bits >>> 0
})

/** CRC-32C of `bytes`, read as if those from `zeroFrom` to `zeroTo` were zero: the place of the checksum itself. */
export function crc32c(bytes: Uint8Array, zeroFrom = 0, zeroTo = 0): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) {
    const byte = i >= zeroFrom && i < zeroTo ? 0 : (bytes[i] ?? 0)
    crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  }
  return (crc ^ 0xffffffff) >>> 0
}
