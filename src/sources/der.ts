/** A value of DER (X.690): its tag, its content, and the values inside of it when it is a structure. */
export interface DerValue {
  readonly tag: number
  readonly content: Buffer
  /** All of it, tag and length included. */
  readonly whole: Buffer
}

/** Structures deeper or longer than files of keys ever are, are none. */
const mostValues = 10_000

/** What is not DER, or not of the form that was asked for. */
export class DerError extends Error {}

/** The value at the start of `bytes`. @throws {DerError} when there is none. */
export function readDer(bytes: Buffer): DerValue {
  const value = valueAt(bytes, 0)
  if (value === undefined) throw new DerError('no value')
  return value
}

/** The values in a structure, in order. @throws {DerError} for content that is no row of values. */
export function childrenOf(value: DerValue): readonly DerValue[] {
  const { content } = value
  const children: DerValue[] = []
  for (let at = 0; at < content.length; ) {
    const child = valueAt(content, at)
    if (child === undefined || children.length >= mostValues) throw new DerError('not a structure')
    children.push(child)
    at += child.whole.length
  }
  return children
}

/** A child by its place. @throws {DerError} when it is missing or has another tag. */
export function childAt(value: DerValue, index: number, tag: number): DerValue {
  const child = childrenOf(value)[index]
  if (child?.tag !== tag) throw new DerError(`no value of tag ${tag}`)
  return child
}

export const derTags = {
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
} as const

/** A small number that is not negative. @throws {DerError} for others. */
export function numberOf({ tag, content }: DerValue): number {
  const isSmall = tag === derTags.integer && content.length >= 1 && content.length <= 5
  if (!isSmall || (content[0] ?? 0) > 0x7f) throw new DerError('not a small number')
  return content.readUIntBE(0, content.length)
}

/** An object identifier as text: `1.2.840.113549.1.7.1`. */
export function oidOf({ tag, content }: DerValue): string {
  if (tag !== derTags.oid || content.length === 0) throw new DerError('not an identifier')
  const parts: number[] = []
  let part = 0
  for (const octet of content) {
    part = part * 128 + (octet & 0x7f)
    if (octet < 0x80) {
      parts.push(part)
      part = 0
    }
  }
  const [first = 0, ...rest] = parts
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...rest].join('.')
}

function valueAt(bytes: Buffer, at: number): DerValue | undefined {
  const tag = bytes[at]
  const short = bytes[at + 1]
  if (tag === undefined || short === undefined || (tag & 0x1f) === 0x1f) return undefined
  const octets = short < 0x80 ? 0 : short & 0x7f
  // 0x80 alone is the indefinite length of BER.
  if (short === 0x80 || octets > 4 || at + 2 + octets > bytes.length) return undefined
  const length = octets === 0 ? short : bytes.readUIntBE(at + 2, octets)
  const start = at + 2 + octets
  if (start + length > bytes.length) return undefined
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) }
}
