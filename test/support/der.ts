/** The little of DER (X.690) that certificates need, for tests that make their own, wrong ones included. */

export function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(content.length)]), content])
}

export function sequence(...contents: readonly Buffer[]): Buffer {
  return tlv(0x30, ...contents)
}

export function setOf(...contents: readonly Buffer[]): Buffer {
  return tlv(0x31, ...contents)
}

/** An explicit context tag. */
export function tagged(number: number, content: Buffer): Buffer {
  return tlv(0xa0 | number, content)
}

export function integer(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return tlv(0x02, (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

export function octetString(...contents: readonly Buffer[]): Buffer {
  return tlv(0x04, ...contents)
}

export function bitString(content: Buffer, unusedBits = 0): Buffer {
  return tlv(0x03, Buffer.from([unusedBits]), content)
}

export function yes(): Buffer {
  return tlv(0x01, Buffer.from([0xff]))
}

export function utf8(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text))
}

/** GeneralizedTime, which every reader takes for any year. */
export function time(date: Date): Buffer {
  return tlv(0x18, Buffer.from(`${date.toISOString().slice(0, 19).replace(/\D/g, '')}Z`))
}

export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return [0x80 | octets.length, ...octets]
}

function base128(value: number): number[] {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift((rest % 128) | 0x80)
  return digits
}
