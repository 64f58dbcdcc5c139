/**
 * The one path string that routing, policy, log and forwarding share (RFC 3986 §6.2.2, stricter where servers differ).
 *
 * - Percent-encoded letters, digits and `-._~` are decoded, once; other encodings stay, with upper-case digits.
 * - `"`, `<`, `>`, `^`, `` ` ``, `{`, `|`, `}`, which browsers send raw, are encoded.
 * - A segment is `.` or `..` by what stands before its first `;`, since some servers cut the rest off: `/a/..;x=1/b` is `/b`.
 *   Dot segments are resolved; above the root there is the root.
 * - Empty segments are merged, and so are those that are parameters only: `//a`, `/;x/a` are `/a`.
 * - Other parameters stay where they are. A segment that starts with `%3B`, or dots and `%3B`, is refused.
 */

/** Nothing to do: no percent sign, no `;`, no empty or dot segment. */
const plain = /^(?:\/(?!\.?\.?\/|\.\.?$)[A-Za-z0-9._~!$&'()*+,=:@[\]-]*)+$/
/** Nothing to do either: percent signs, and all of them as `normalisePath` leaves them. Rare lead bytes go the long way. */
const canonical =
  /^(?:\/(?!\.?\.?(?:\/|%3B)|\.\.?$)(?:[A-Za-z0-9._~!$&'()*+,=:@[\]-]|%(?:2[0-9A-C]|3[A-F]|40|5[BDE]|60|7[BCD]|[89AB][0-9A-F]|C[2-9A-F]|D[0-9A-F]|E[1-9A-F]|F[1-79ABDEF]))*)+$/
const forbidden = /[^\x21-\x7e]|[\\#?]/
/** A bad percent sign; an encoded control or backslash. */
const oddPercent = /%(?![0-9A-Fa-f]{2})|%[01]|%7[Ff]|%5[Cc]/
/** Two ways to write one character: what `../` filters were fooled with. Latin-1 letters in old links (`%FCber`) pass. */
const overlong = /%C[01]|%E0%[89]|%F0%8|%F8%8[0-7]|%FC%8[0-3]/
/** A segment that is a dot segment, or an empty one, to who decodes before cutting parameters off. */
const hiddenParameters = /\/\.{0,2}%3B/
const toChange = /%[0-9A-Fa-f]{2}|["<>^`{|}]/g
const unreserved = /[A-Za-z0-9\-._~]/
const needsResolving = /\/(?:\.{0,2}(?:;[^/]*)?)(?:\/|$)/
const dotBesideSlash = /(?:^|\/|%2F)\.\.?(?:;[^/]*?)?%2F|%2F\.\.?(?:;[^/]*)?(?:\/|%2F|$)/

/**
 * Normalises a path; doing it twice changes nothing.
 *
 * @param raw starts with `/`, without the query.
 * @param encodedSlash what `%2F` means: refused, or kept as it is; a dot segment beside it is refused in any case.
 * @returns `undefined` when different servers would read it differently: a backslash or a control, encoded or not, a bad
 * `%`, an overlong encoding, a raw byte above 7F.
 */
export function normalisePath(raw: string, encodedSlash: 'reject' | 'keep'): string | undefined {
  return plain.test(raw) || canonical.test(raw) ? raw : rewrite(raw, encodedSlash)
}

function rewrite(raw: string, encodedSlash: 'reject' | 'keep'): string | undefined {
  if (raw.charCodeAt(0) !== 47 || forbidden.test(raw) || oddPercent.test(raw)) return undefined
  const path = raw.replace(toChange, change)
  if (overlong.test(path) || hiddenParameters.test(path)) return undefined
  if (path.includes('%2F') && (encodedSlash === 'reject' || dotBesideSlash.test(path))) return undefined
  return needsResolving.test(path) ? resolveDots(path) : path
}

/** Decodes what needs no encoding, encodes what does, and writes other encodings in upper case. */
function change(part: string): string {
  if (part.length === 1) return `%${part.charCodeAt(0).toString(16).toUpperCase()}`
  const character = String.fromCharCode(Number.parseInt(part.slice(1), 16))
  return unreserved.test(character) ? character : part.toUpperCase()
}

function resolveDots(path: string): string {
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  const last = segments.length - 1
  for (let i = 0; i <= last; i++) {
    const segment = segments[i] ?? ''
    const parameters = segment.indexOf(';')
    const name = parameters < 0 ? segment : segment.slice(0, parameters)
    if (name === '..') kept.pop()
    if (name !== '' && name !== '.' && name !== '..') kept.push(segment)
    else if (i === last) kept.push('')
  }
  return `/${kept.join('/')}`
}
