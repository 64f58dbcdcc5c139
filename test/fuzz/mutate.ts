import type { Random } from './random.ts'

/** What is put in: the bytes and words at which parsers differ. */
const words = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  '\v',
  '\f',
  '\x7f',
  '\x80',
  '\xa0',
  '\xff',
  ':',
  ',',
  ';',
  '=',
  '"',
  '\\',
  '/',
  '..',
  '%',
  '%2e',
  '%00',
  '?',
  '#',
  '@',
  '_',
  '0',
  '5',
  'a',
  'chunked',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 3\r\n',
  'Content-Length:',
  'Host: b.test\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'HTTP/1.1',
  'HTTP/1.0',
  'GET / HTTP/1.1\r\n',
  '\r\n\r\n',
  '0\r\n\r\n',
  '3\r\nabc\r\n',
  ';a=b',
  'Expect: 100-continue\r\n',
  'Upgrade: h2c\r\n',
  'Trailer: x\r\n',
  'ffffffff',
]

/** Changes a few places of a text (latin1); `other` lends pieces. */
export function mutate(text: string, other: string, random: Random): string {
  let out = text
  for (let count = 1 + random.below(3); count > 0; count--) out = once(out, other, random)
  return out
}

function once(text: string, other: string, random: Random): string {
  const at = random.below(text.length + 1)
  const length = 1 + random.below(random.once(4) ? 20 : 3)
  switch (random.below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length)
    case 1:
      return text.slice(0, at) + text.slice(at, at + length) + text.slice(at)
    case 2:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1)
    case 3:
      return text.slice(0, at) + changedCase(text.slice(at, at + length)) + text.slice(at + length)
    case 4: {
      const from = random.below(other.length + 1)
      return text.slice(0, at) + other.slice(from, from + 1 + random.below(30)) + text.slice(at)
    }
    case 5:
      return swappedLines(text, random)
    default:
      return text.slice(0, at) + random.pick(words) + text.slice(at + (random.once(2) ? 0 : length))
  }
}

function changedCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()
}

function swappedLines(text: string, random: Random): string {
  const lines = text.split('\r\n')
  const a = random.below(lines.length)
  const b = random.below(lines.length)
  const kept = lines[a] ?? ''
  lines[a] = lines[b] ?? ''
  lines[b] = kept
  return lines.join('\r\n')
}
