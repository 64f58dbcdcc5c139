import * as fc from 'fast-check'
import type { PathMatch, ValueMatch } from '../../../src/model/match.ts'
import type { RequestView } from '../../../src/model/request-view.ts'
import type { Route } from '../../../src/model/route.ts'
import { route, view } from './routes.ts'

// Few names, so that routes overlap and requests hit them.

const host = fc.oneof(
  { weight: 6, arbitrary: fc.constant('a.test') },
  {
    weight: 6,
    arbitrary: fc.constantFrom('b.a.test', '*.a.test', '**.a.test', '*.b.a.test', '**.b.a.test', '*'),
  },
  { weight: 1, arbitrary: fc.constantFrom('b.test', '*.test', '**.test') },
)
const askedHost = fc.oneof(
  { weight: 6, arbitrary: fc.constant('a.test') },
  { weight: 6, arbitrary: fc.constantFrom('b.a.test', 'c.a.test', 'c.b.a.test', 'd.c.b.a.test', 'b.test') },
  { weight: 1, arbitrary: fc.constantFrom('test', 'other', '', '[::1]', '10.0.0.1', 'xa.test') },
)

const path = fc
  .array(fc.constantFrom('a', 'a', 'b', 'ab', 'a-b', 'B'), { maxLength: 3 })
  .chain((parts) => fc.constantFrom(`/${parts.join('/')}`, `/${parts.join('/')}/`.replace('//', '/')))

const pathMatch: fc.Arbitrary<PathMatch> = fc.oneof(
  fc.constant<PathMatch>({ kind: 'segments', value: '/' }),
  path.map((value): PathMatch => ({ kind: 'segments', value })),
  path.map((value): PathMatch => ({ kind: 'exact', value })),
  path.map((value): PathMatch => ({ kind: 'prefix', value })),
  fc
    .constantFrom('/a.*', '/[ab]+', '/(a|b)/.*', '.*b', '/a/?')
    .map((value): PathMatch => ({ kind: 'regex', value })),
)

const word = fc.constantFrom('x', 'xy', 'é', '')
const valueMatch: fc.Arbitrary<ValueMatch> = fc.record({
  name: fc.constantFrom('k', 'l'),
  value: fc.oneof(
    fc.constantFrom<ValueMatch['value']>(
      { kind: 'present' },
      { kind: 'absent' },
      { kind: 'regex', value: 'x.*' },
    ),
    word.map((value): ValueMatch['value'] => ({ kind: 'exact', value })),
    word.map((value): ValueMatch['value'] => ({ kind: 'prefix', value })),
  ),
})

/** Mostly nothing. */
function few<T>(one: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant<T[]>([]) },
    { weight: 1, arbitrary: fc.array(one, { maxLength: most }) },
  )
}

const parts = fc.record({
  hosts: fc.array(host, { minLength: 1, maxLength: 3 }),
  path: pathMatch,
  rank: fc.constantFrom(0, 1, 1.5, 2),
  methods: few(fc.constantFrom('GET', 'POST', 'HEAD'), 2),
  headers: few(valueMatch, 2),
  cookies: few(valueMatch, 2),
  query: few(valueMatch, 2),
  clients: few(fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '2001:db8::/32', '0.0.0.0/0'), 2),
  listeners: few(fc.constantFrom('web', 'admin'), 2),
})

/** Routes with ids `r0`, `r1` … */
export const anyRoutes: fc.Arbitrary<Route[]> = fc
  .array(parts, { maxLength: 40, size: 'max' })
  .map((all) => all.map((one, i) => route({ ...one, id: `r${i}` })))

const pairs = fc.array(fc.tuple(fc.constantFrom('k', 'l', 'm'), fc.constantFrom('x', 'xy', 'xyz', 'é', '')), {
  maxLength: 3,
})

/** The UTF-8 bytes of a text, a character each, as a head that was read has them. */
function onTheWire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

export const anyView: fc.Arbitrary<RequestView> = fc
  .record({
    listener: fc.constantFrom('web', 'web', 'admin', 'other'),
    method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD'),
    host: askedHost,
    path,
    clientAddress: fc.constantFrom('10.1.2.3', '10.1.0.1', '10.9.0.1', '192.0.2.1', '2001:db8::1', ''),
    query: pairs.map((all) => new URLSearchParams(all).toString()),
    headers: pairs.map((all) => Object.fromEntries(all.map(([key, value]) => [key, onTheWire(value)]))),
    cookies: pairs,
  })
  .map(({ headers, cookies, ...rest }) => {
    const cookie = cookies.map(([key, value]) => `${key}=${onTheWire(value)}`).join('; ')
    return view({ ...rest, headers: { ...headers, ...(cookie === '' ? {} : { cookie }) } })
  })
