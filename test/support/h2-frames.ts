import { frameType } from '../../src/wire/h2/protocol.ts'

/** One frame as it stood on the wire. */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly id: number
  readonly payload: Buffer
}

/** The bytes of one frame. */
export function frame(type: number, flags: number, id: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload)
  const header = Buffer.alloc(9)
  header.writeUIntBE(bytes.length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(id, 5)
  return Buffer.concat([header, bytes])
}

/** The payload of RST_STREAM, WINDOW_UPDATE and the like. */
export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4))
  return bytes
}

/** The payload of SETTINGS. */
export function settingsPayload(...pairs: (readonly [id: number, value: number])[]): Buffer {
  const bytes = Buffer.alloc(pairs.length * 6)
  for (const [i, [id, value]] of pairs.entries()) {
    bytes.writeUInt16BE(id, i * 6)
    bytes.writeUInt32BE(value, i * 6 + 2)
  }
  return bytes
}

/** A header block of literals without indexing, as plain as can be. */
export function block(...fields: (readonly [name: string, value: string])[]): Buffer {
  const parts: Buffer[] = []
  for (const [name, value] of fields) {
    parts.push(Buffer.from([0]), text(name), text(value))
  }
  return Buffer.concat(parts)
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  return Buffer.concat([integer(bytes.length), bytes])
}

/** RFC 7541 §5.1 with a prefix of seven bits. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value])
  const bytes = [127]
  let rest = value - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  bytes.push(rest)
  return Buffer.from(bytes)
}

/** The fields of a GET for `/`. */
export const plainGet = block([':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'test'])

/** Cuts complete frames off the front of bytes; the rest comes back. */
export function parseFrames(bytes: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = []
  let at = 0
  while (bytes.length - at >= 9) {
    const length = bytes.readUIntBE(at, 3)
    if (bytes.length - at < 9 + length) break
    const payload = bytes.subarray(at + 9, at + 9 + length)
    frames.push({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      id: bytes.readUInt32BE(at + 5),
      payload,
    })
    at += 9 + length
  }
  return { frames, rest: bytes.subarray(at) }
}

const typeNames = new Map<number, string>(Object.entries(frameType).map(([name, type]) => [type, name]))

/** A frame in a few words, for comparisons: `headers 1 end`, `resetStream 3 code 1`. */
export function frameText({ type, flags, id, payload }: Frame): string {
  const name = typeNames.get(type) ?? `type ${type}`
  switch (type) {
    case frameType.data:
      return `${name} ${id} ${payload.length} bytes${(flags & 1) === 0 ? '' : ' end'}`
    case frameType.headers:
      return `${name} ${id}${(flags & 1) === 0 ? '' : ' end'}`
    case frameType.resetStream:
      return `${name} ${id} code ${payload.readUInt32BE(0)}`
    case frameType.goaway:
      return `${name} last ${payload.readUInt32BE(0)} code ${payload.readUInt32BE(4)}`
    case frameType.windowUpdate:
      return `${name} ${id} by ${payload.readUInt32BE(0)}`
    case frameType.settings:
    case frameType.ping:
      return (flags & 1) === 0 ? name : `${name} ack`
    default:
      return `${name} ${id}`
  }
}
