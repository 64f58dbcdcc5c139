/** A line that is longer is no object of the API: those end at a few MiB. */
const longestLine = 32 * 1024 * 1024

/**
 * Cuts a stream of bytes into lines, which may arrive in any pieces.
 *
 * @param onLine hears each line without its end; empty ones are left out.
 * @returns takes the next piece.
 * @throws {RangeError} from there, when a line is longer than 32 MiB.
 */
export function splitLines(onLine: (line: Buffer) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  let size = 0

  return (chunk) => {
    let start = 0
    for (let end = chunk.indexOf(lineEnd); end >= 0; end = chunk.indexOf(lineEnd, start)) {
      const last = chunk.subarray(start, end)
      const line = parts.length === 0 ? last : Buffer.concat([...parts, last])
      parts = []
      size = 0
      start = end + 1
      if (line.length > 0) onLine(line)
    }
    if (start === chunk.length) return
    const rest = chunk.subarray(start)
    size += rest.length
    if (size > longestLine) throw new RangeError(`a line of the watch is longer than ${longestLine} bytes`)
    parts.push(rest)
  }
}

const lineEnd = 0x0a
