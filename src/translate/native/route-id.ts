import { fingerprintText } from '../../model/hash.ts'
import type { Match, PathMatch, ValueMatch } from '../../model/match.ts'

/** Longer ids are cut, with a fingerprint of the whole at their end. */
const longestId = 120

/**
 * The id of a route without a name: what it takes, so that it stays the same wherever the route moves.
 * `shop.example.com/api`, `shop.example.com=/login` (exact), `shop.example.com/img*` (prefix), `a.test~/v[0-9]+` (regex), and
 * in brackets what else must hold: `a.test/ [GET,HEAD header:x-canary=on]`.
 */
export function derivedId(hosts: readonly string[], match: Match): string {
  const parts = [
    ...(match.methods.length > 0 ? [match.methods.join(',')] : []),
    ...match.headers.map((value) => printValue('header', value)),
    ...match.cookies.map((value) => printValue('cookie', value)),
    ...match.query.map((value) => printValue('query', value)),
    ...(match.clients.length > 0 ? [`from:${match.clients.join(',')}`] : []),
    ...(match.listeners.length > 0 ? [`on:${match.listeners.join(',')}`] : []),
  ]
  const id = `${hosts.join(',')}${printPath(match.path)}${parts.length > 0 ? ` [${parts.join(' ')}]` : ''}`
  return id.length <= longestId ? id : `${id.slice(0, longestId - 9)}~${fingerprintText(id).slice(0, 8)}`
}

function printPath(path: PathMatch): string {
  switch (path.kind) {
    case 'segments':
      return path.value
    case 'exact':
      return `=${path.value}`
    case 'prefix':
      return `${path.value}*`
    case 'regex':
      return `~${path.value}`
  }
}

function printValue(what: string, { name, value }: ValueMatch): string {
  switch (value.kind) {
    case 'present':
      return `${what}:${name}`
    case 'absent':
      return `!${what}:${name}`
    case 'exact':
      return `${what}:${name}=${value.value}`
    case 'prefix':
      return `${what}:${name}=${value.value}*`
    case 'regex':
      return `${what}:${name}~${value.value}`
  }
}
