import type { Random } from './random.ts'

export type HeaderField = readonly [name: string, value: string]

const names = [
  'accept',
  'accept-encoding',
  'user-agent',
  'cache-control',
  'content-type',
  'cookie',
  'set-cookie',
  'authorization',
  'x-request-id',
  'etag',
  'x-own',
  'a',
  "!#$%&'*+-.^_`|~09az",
  'x-very-long-name-that-nobody-indexes-statically',
] as const
/** Node's client refuses to send these twice. */
const single: ReadonlySet<string> = new Set(['user-agent', 'content-type', 'authorization', 'etag'])
const values = [
  '',
  'a',
  'gzip, deflate',
  '*/*',
  'text/html; charset=utf-8',
  'no-cache',
  'max-age=3600, stale-while-revalidate=60',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
  'a=b; c=d',
  '~~~~~~~~',
  '0'.repeat(126),
  '1'.repeat(127),
  '{|}'.repeat(200),
  'x'.repeat(3000),
  'y'.repeat(4090),
] as const

/** The pseudo fields of a request that everybody takes. */
export function pseudoFields(random: Random): HeaderField[] {
  return [
    [':method', random.pick(['GET', 'POST', 'PUT', 'OPTIONS'])],
    [':scheme', random.pick(['http', 'https'])],
    [':authority', random.pick(['a.test', 'b.test:8080', 'very-long-name.of-some-host.example.com'])],
    [':path', random.pick(['/', '/index.html', '/a?b=c', `/${'p'.repeat(random.below(300))}`])],
  ]
}

/** Fields that everybody takes, some of them often and some never again. */
export function someFields(random: Random): HeaderField[] {
  const fields = Array.from(
    { length: random.below(12) },
    (): HeaderField => [random.pick(names), someValue(random)],
  )
  return fields.filter(
    ([name], i) => !single.has(name) || fields.findIndex((other) => other[0] === name) === i,
  )
}

/** Fields as a list puts them together: cookie crumbs joined where the first stood. */
export function asLines(fields: readonly HeaderField[]): string[] {
  const crumbs = fields.filter(([name]) => name === 'cookie').map(([, value]) => value)
  const first = fields.findIndex(([name]) => name === 'cookie')
  return fields
    .map(([name, value], i) => `${name}: ${i === first ? crumbs.join('; ') : value}`)
    .filter((_, i) => i === first || fields[i]?.[0] !== 'cookie')
}

function someValue(random: Random): string {
  if (!random.once(3)) return random.pick(values)
  const length = random.below(random.once(10) ? 600 : 30)
  const inner = Array.from({ length }, () => someCharacter(random)).join('')
  return `v${inner}v`
}

/** Of those that may stand inside a value. */
function someCharacter(random: Random): string {
  const code = random.once(8) ? random.below(256) : 32 + random.below(95)
  return String.fromCharCode(code < 32 || code === 127 ? 9 : code)
}
