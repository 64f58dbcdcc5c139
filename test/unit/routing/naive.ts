import { BlockList, isIP, isIPv4 } from 'node:net'
import type { Match, PathMatch, ValueMatch } from '../../../src/model/match.ts'
import type { RequestView } from '../../../src/model/request-view.ts'
import type { Route } from '../../../src/model/route.ts'

/**
 * What the reference pages say, written down once more as slowly and plainly as possible; shares no code with the router.
 * Gives the id of the route, or the reason of the miss.
 */
export function naiveAnswer(routes: readonly Route[], view: RequestView): string {
  const owner = owningPattern(routes, view)
  if (owner === undefined) return 'no_route_host'
  const own = routes.filter((route) => route.hosts.includes(owner))
  const byPath = own.filter((route) => takesPath(route.match.path, view.path))
  if (byPath.length === 0) return 'no_route_path'
  const fitting = byPath.filter((route) => holds(route.match, view))
  fitting.sort((a, b) => compareKeys(key(a), key(b)) || a.rank - b.rank || (a.id < b.id ? -1 : 1))
  return fitting[0]?.id ?? 'no_route_match'
}

/** Exact, then `*.`, then `**.` with the longer suffix first, then `*`; only patterns with a route on the listener. */
function owningPattern(routes: readonly Route[], view: RequestView): string | undefined {
  const onListener = routes.filter(
    ({ match }) => match.listeners.length === 0 || match.listeners.includes(view.listener),
  )
  const patterns = onListener
    .flatMap((route) => route.hosts)
    .filter((pattern) => takesHost(pattern, view.host))
  const specificity = (pattern: string) =>
    pattern === '*' ? 0 : pattern.startsWith('**.') ? pattern.length : pattern.startsWith('*.') ? 1e6 : 2e6
  return patterns.sort((a, b) => specificity(b) - specificity(a))[0]
}

function takesHost(pattern: string, host: string): boolean {
  if (pattern === '*') return true
  const labels = host.split('.')
  if (pattern.startsWith('**.'))
    return labels.some((_, i) => i > 0 && labels.slice(i).join('.') === pattern.slice(3))
  if (pattern.startsWith('*.')) return labels.slice(1).join('.') === pattern.slice(2)
  return pattern === host
}

function takesPath({ kind, value }: PathMatch, path: string): boolean {
  if (kind === 'exact') return path === value
  if (kind === 'prefix') return path.indexOf(value) === 0
  if (kind === 'regex') return new RegExp(`^(?:${value})$`).test(path)
  const wanted = value.split('/').filter((part) => part !== '')
  const given = path.split('/').slice(1)
  return wanted.every((part, i) => given[i] === part)
}

function holds(match: Match, view: RequestView): boolean {
  return (
    (match.methods.length === 0 || match.methods.includes(view.method)) &&
    (match.listeners.length === 0 || match.listeners.includes(view.listener)) &&
    (match.clients.length === 0 || match.clients.some((block) => inBlock(block, view.clientAddress))) &&
    match.headers.every((one) => valueHolds(one, text(view.field(one.name)))) &&
    match.query.every((one) => valueHolds(one, new URLSearchParams(view.query).get(one.name) ?? undefined)) &&
    match.cookies.every((one) => valueHolds(one, cookie(view, one.name)))
  )
}

function text(bytes: string | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString('utf8')
}

function cookie(view: RequestView, name: string): string | undefined {
  const all = (view.field('cookie') ?? '').split('; ')
  return text(all.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1))
}

function valueHolds({ value }: ValueMatch, given: string | undefined): boolean {
  if (value.kind === 'absent') return given === undefined
  if (given === undefined) return false
  if (value.kind === 'present') return true
  if (value.kind === 'exact') return given === value.value
  return value.kind === 'prefix'
    ? given.startsWith(value.value)
    : new RegExp(`^(?:${value.value})$`).test(given)
}

function inBlock(block: string, address: string): boolean {
  const [net = '', length] = block.split('/')
  const family = isIPv4(net) ? 'ipv4' : 'ipv6'
  if (isIP(address) === 0 || isIPv4(address) !== isIPv4(net)) return false
  const list = new BlockList()
  list.addSubnet(net, length === undefined ? 32 : Number(length), family)
  return list.check(address, family)
}

/** Bigger is more specific, field by field. */
function key({ match }: Route): number[] {
  const { path } = match
  const trimmed = path.value.replace(/\/+$/, '')
  const bits = match.clients.map(
    (block) => Number(block.split('/')[1] ?? 32) + (block.includes(':') ? 0 : 96),
  )
  return [
    path.kind === 'exact' ? 2 : path.kind === 'regex' ? 1 : 0,
    path.kind === 'segments' ? trimmed.length : path.kind === 'prefix' ? path.value.length : 0,
    path.kind === 'segments' ? 1 : 0,
    match.methods.length > 0 ? 1 : 0,
    match.headers.length,
    match.cookies.length,
    match.query.length,
    bits.length === 0 ? -1 : Math.min(...bits),
    match.listeners.length > 0 ? 1 : 0,
  ]
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((part, at) => part !== b[at])
  return i < 0 ? 0 : (b[i] ?? 0) - (a[i] ?? 0)
}
