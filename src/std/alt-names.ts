/** One name of a certificate. */
export interface AltName {
  readonly kind: 'DNS' | 'URI' | 'email' | 'IP' | 'other'
  /** As it stands in the certificate; DNS names in lower case. */
  readonly value: string
}

/**
 * Reads the subjectAltName that Node prints (`X509Certificate.subjectAltName`, `subjectaltname` of a peer certificate):
 * `DNS:a.test, URI:"spiffe://a, DNS:evil"`. Values that could be taken for more than one name are quoted there as JSON;
 * whoever cuts the text at commas instead reads names that nobody signed (CVE-2021-44532).
 *
 * @returns `undefined` for text that is not of that form, or a name that holds a NUL: no name of it is to be believed.
 */
export function parseAltNames(text: string): readonly AltName[] | undefined {
  const names: AltName[] = []
  let at = 0
  while (at < text.length) {
    const colon = text.indexOf(':', at)
    if (colon < 0) return undefined
    const kind = kinds[text.slice(at, colon)] ?? 'other'
    const end = text[colon + 1] === '"' ? closingQuote(text, colon + 1) : endOfPlain(text, colon + 1)
    const value = end === undefined ? undefined : unquoted(text.slice(colon + 1, end))
    if (end === undefined || value === undefined || value.includes('\0')) return undefined
    names.push({ kind, value: kind === 'DNS' ? value.toLowerCase() : value })
    if (end < text.length && !text.startsWith(', ', end)) return undefined
    at = end + 2
  }
  return names
}

const kinds: Readonly<Record<string, AltName['kind']>> = {
  DNS: 'DNS',
  URI: 'URI',
  email: 'email',
  'IP Address': 'IP',
}

function endOfPlain(text: string, start: number): number {
  const comma = text.indexOf(', ', start)
  return comma < 0 ? text.length : comma
}

/** Behind the closing quote of a JSON string. */
function closingQuote(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return undefined
}

function unquoted(text: string): string | undefined {
  if (!text.startsWith('"')) return text
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
