/** A name of a certificate, as Node tells them apart: `DNS`, `URI`, `email`, `IP Address`, `DirName`, `othername`. */
export interface AltName {
  readonly kind: string
  readonly value: string
}

/**
 * Reads the `subjectAltName` text that Node makes of a certificate: `DNS:a.test, URI:"http://b/,c"`.
 *
 * Node writes a value as a JSON string when it holds anything that could be taken for a separator, so that names cannot
 * be smuggled in (CVE-2021-44532); readers have to undo exactly that.
 *
 * @returns `undefined` when the text is not of this form, or a name holds a NUL.
 */
export function parseAltNames(text: string | undefined): readonly AltName[] | undefined {
  if (text === undefined || text === '') return []
  const names: AltName[] = []
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(':', at)
    if (colon < 0) return undefined
    const end = text[colon + 1] === '"' ? quotedEnd(text, colon + 1) : plainEnd(text, colon + 1)
    const value = text[colon + 1] === '"' ? unquoted(text.slice(colon + 1, end)) : text.slice(colon + 1, end)
    if (value === undefined || value.includes('\0') || !isSeparated(text, end)) return undefined
    names.push({ kind: text.slice(at, colon), value })
    at = end + 2
  }
  return names
}

function plainEnd(text: string, start: number): number {
  const comma = text.indexOf(', ', start)
  return comma < 0 ? text.length : comma
}

/** Behind the closing quote; the end of the text when there is none. */
function quotedEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i + 1
  }
  return text.length
}

function unquoted(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function isSeparated(text: string, end: number): boolean {
  return end === text.length || (text.startsWith(', ', end) && end + 2 < text.length)
}
