const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * The base64 of crypt(3): three bytes become four characters, the lowest six bits first.
 *
 * @param groups indexes of bytes, three a group with the highest first; the last may have fewer, and has fewer characters then.
 */
export function cryptBase64(digest: Buffer, groups: readonly (readonly number[])[]): string {
  let text = ''
  for (const group of groups) {
    let value = 0
    for (const index of group) value = (value << 8) | (digest[index] ?? 0)
    for (let i = 0; i <= group.length; i += 1) text += alphabet[(value >> (6 * i)) & 63] ?? ''
  }
  return text
}
