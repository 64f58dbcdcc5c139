/**
 * The common name of a subject as Node writes it: a line for each part, values escaped by RFC 2253. `undefined` when there is none or
 * more than one, or it shares its part with other names: nobody should be let in by a name that can be read in two ways.
 */
export function commonNameOf(subject: string | undefined): string | undefined {
  const lines = (subject ?? '').split('\n').filter((line) => /(?:^|[^\\]\+ ?)CN=/.test(line))
  const [line] = lines
  if (lines.length !== 1 || line?.startsWith('CN=') !== true) return undefined
  const value = line.slice('CN='.length)
  return /(?:^|[^\\])\+/.test(value) ? undefined : unescaped(value)
}

/** `\,` is a comma, `\C3\A9` the bytes of `é`. */
function unescaped(value: string): string | undefined {
  if (!value.includes('\\')) return value
  const bytes: Buffer[] = []
  for (let i = 0; i < value.length; i++) {
    const hex = /^\\([0-9A-Fa-f]{2})/.exec(value.slice(i, i + 3))?.[1]
    if (hex !== undefined) {
      bytes.push(Buffer.from(hex, 'hex'))
      i += 2
      continue
    }
    if (value[i] === '\\') i++
    bytes.push(Buffer.from(value[i] ?? ''))
  }
  const text = Buffer.concat(bytes).toString()
  return text.includes('\0') ? undefined : text
}
