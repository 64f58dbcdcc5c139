/**
 * The one path string that routing, policy, log and forwarding share (RFC 3986 §6.2.2, stricter where servers differ).
 *
 * - Percent-encoded letters, digits and `-._~` are decoded, once; other encodings stay, with upper-case digits.
 * - `"`, `<`, `>`, `^`, `` ` ``, `{`, `|`, `}`, which browsers send raw, are encoded.
 * - A segment is `.` or `..` by what stands before its first `;`, since some servers cut the rest off: `/a/..;x=1/b` is `/b`.
 *   Dot segments are resolved; above the root there is the root.
 * - Empty segments are merged, and so are those that are parameters only: `//a`, `/;x/a` are `/a`.
 * - Other parameters stay where they are.
 */

/** Nothing to do: no percent sign, no `;`, no empty segment, none that starts with a dot. */
const plain = /^(?:\/[A-Za-z0-9_~!$&'()*+,=:@[\]-][A-Za-z0-9._~!$&'()*+,=:@[\]-]*)*\/?$/
const forbidden = /[^\x21-\x7e]|[\\#?]/
const oddPercent = /%(?![0-9A-Fa-f]{2})|%00|%5[Cc]/
/** Two ways to write one character: what `../` filters were fooled with. Latin-1 letters in old links (`%FCber`) pass. */
const overlong = /%C[01]|%E0%[89]|%F0%8|%F8%8[0-7]|%FC%8[0-3]/
const needsDecoding = /%[0-9A-Fa-f]{2}/g
const needsEncoding = /["<>^`{|}]/g
const unreserved = /[A-Za-z0-9\-._~]/
const dotBesideSlash = /(?:^|\/|%2F)\.\.?(?:;[^/]*?)?%2F|%2F\.\.?(?:;[^/]*)?(?:\/|%2F|$)/

/**
 * Normalises a path; doing it twice changes nothing.
 *
 * @param raw starts with `/`, without the query.
 * @param encodedSlash what `%2F` means: refused, or kept as it is; a dot segment beside it is refused in any case.
 * @returns `undefined` when different servers would read it differently: a backslash, `%5C`, `%00`, a bad `%`, an overlong
 * encoding, a control, a byte above 7F.
 */
export function normalisePath(raw: string, encodedSlash: 'reject' | 'keep'): string | undefined {
  if (plain.test(raw)) return raw === '' ? undefined : raw
  if (raw.charCodeAt(0) !== 47 || forbidden.test(raw) || oddPercent.test(raw)) return undefined
  const decoded = raw.replace(needsDecoding, decodeUnreserved).replace(needsEncoding, encode)
  if (overlong.test(decoded)) return undefined
  if (decoded.includes('%2F') && (encodedSlash === 'reject' || dotBesideSlash.test(decoded))) return undefined
  return resolveDots(decoded)
}

function decodeUnreserved(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return unreserved.test(character) ? character : encoded.toUpperCase()
}

function encode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

function resolveDots(path: string): string {
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  const last = segments.length - 1
  for (const [index, segment] of segments.entries()) {
    const parameters = segment.indexOf(';')
    const name = parameters < 0 ? segment : segment.slice(0, parameters)
    const isDot = name === '' || name === '.' || name === '..'
    if (name === '..') kept.pop()
    if (!isDot) kept.push(segment)
    else if (index === last) kept.push('')
  }
  return `/${kept.join('/')}`
}
