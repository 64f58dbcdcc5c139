/** How a field is written whose whole line is in no table. */
export type Indexing = 'index' | 'literal' | 'never'

/**
 * Values that hardly ever repeat, or that are secrets short enough to be guessed through the size of what is sent
 * (RFC 7541 §7.1.3): they would only push others out of the table.
 */
const literal: ReadonlySet<string> = new Set([
  'age',
  'content-length',
  'content-range',
  'etag',
  'expires',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'range',
  'set-cookie',
  'b3',
  'forwarded',
  'grpc-message',
  'grpc-timeout',
  'traceparent',
  'tracestate',
  'x-b3-parentspanid',
  'x-b3-spanid',
  'x-b3-traceid',
  'x-correlation-id',
  'x-forwarded-for',
  'x-real-ip',
  'x-request-id',
])
const never: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization'])
/** A cookie up to this length may be guessed byte by byte. */
const shortCookie = 20

/** @param lowerName in lower case. */
export function indexingOf(lowerName: string, value: string): Indexing {
  if (lowerName === 'cookie' && value.length <= shortCookie) return 'never'
  return fixedIndexing(lowerName) ?? 'index'
}

/** What holds for every value of a name; `undefined` when the value or the table decides. */
export function fixedIndexing(lowerName: string): 'literal' | 'never' | undefined {
  if (never.has(lowerName)) return 'never'
  return literal.has(lowerName) ? 'literal' : undefined
}
