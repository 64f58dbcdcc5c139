/** RFC 1035 §2.3.4. */
const longestName = 255
const longestLabel = 63

const dot = 0x2e
const zero = 0x30
const nine = 0x39

/**
 * The host name of a `server_name` entry, lower case and without its trailing dot (RFC 6066 §3).
 *
 * @returns `undefined` for what is no host name: empty, too long, an address, an empty label, or any byte but letters,
 * digits, hyphen and underscore.
 */
export function serverNameOf(bytes: Buffer, start: number, end: number): string | undefined {
  const last = end > start && bytes[end - 1] === dot ? end - 1 : end
  if (last === start || last - start > longestName || !hasGoodLabels(bytes, start, last)) return undefined
  return isAddressLike(bytes, start, last) ? undefined : bytes.toString('latin1', start, last).toLowerCase()
}

function hasGoodLabels(bytes: Buffer, start: number, end: number): boolean {
  let label = start
  for (let i = start; i <= end; i++) {
    const code = i === end ? dot : (bytes[i] ?? 0)
    if (code !== dot) {
      if (!isNameByte(code)) return false
      continue
    }
    if (i === label || i - label > longestLabel) return false
    label = i + 1
  }
  return true
}

function isNameByte(code: number): boolean {
  const lower = code | 0x20
  return (lower >= 0x61 && lower <= 0x7a) || (code >= zero && code <= nine) || code === 0x2d || code === 0x5f
}

/** Whether its last label is a number: such a name is an IPv4 address to some readers (WHATWG URL §3.5). */
function isAddressLike(bytes: Buffer, start: number, end: number): boolean {
  for (let i = end - 1; i >= start; i--) {
    const code = bytes[i] ?? 0
    if (code === dot) return true
    if (code < zero || code > nine) return false
  }
  return true
}
