import type { Origin } from '../model/origin.ts'
import { quoted } from '../std/quoted.ts'
import type { Candidate, RoutingExplanation } from './explain.ts'
import type { HostStep } from './explain-hosts.ts'
import { precedenceLine } from './precedence.ts'

/** Column at which what is said begins; the words before it name the step. */
const margin = 10

/** An explanation as lines of text for people, without a line end; what follows (filters, tree, endpoints) can go on in the same form. */
export function printExplanation(explanation: RoutingExplanation): string[] {
  return [
    ...section('request', requestLines(explanation)),
    ...section('hosts', table(explanation.hosts.map(hostRow))),
    ...section('routes', routeLines(explanation)),
    ...section('order', explanation.candidates.length > 1 ? [precedenceLine] : []),
    ...outcomeLines(explanation),
  ]
}

/** Lines under a word in the margin: the first beside it, the others below. */
export function section(word: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `${(i === 0 ? word : '').padEnd(margin)}${line}`.trimEnd())
}

function requestLines({ request }: RoutingExplanation): string[] {
  const query = request.query === '' ? '' : `?${request.query}`
  const target = quoted(`${request.host}${request.path}${query}`, 200).slice(1, -1)
  const from = request.client === '' ? '' : ` from ${request.client}`
  return [`${request.method} ${target} on listener ${request.listener}${from}`]
}

function hostRow(step: HostStep): string[] {
  return [mark(step.result === 'owner'), step.pattern, hostKinds[step.kind], hostText(step)]
}

const hostKinds = {
  exact: 'exact',
  'one label': 'one label',
  'any depth': 'any depth',
  none: 'any host',
} as const satisfies Record<HostStep['kind'], string>

function hostText(step: HostStep): string {
  switch (step.result) {
    case 'owner':
      return `owns the request: ${count(step.routes, 'route')}`
    case 'absent':
      return 'no route names it'
    case 'other listener':
      return `stands on listener ${step.listeners.join(', ')} only`
    case 'not asked':
      return 'not asked: a more specific host owns the request'
  }
}

function routeLines({ candidates, omitted }: RoutingExplanation): string[] {
  const lines = table(candidates.map(candidateRow))
  const rest = omitted === 0 ? [] : [`(${count(omitted, 'route')} with other paths left out)`]
  return [...lines, ...rest]
}

function candidateRow(candidate: Candidate): string[] {
  const { place, route, asks, result } = candidate
  return [mark(result === 'chosen'), `${place}.`, route, asks, candidateText(candidate)]
}

function candidateText({ result, mismatches }: Candidate): string {
  const why = mismatches.map(({ field, expected, got }) =>
    field === 'path' ? 'another path' : `${field}: expected ${expected}, got ${got}`,
  )
  switch (result) {
    case 'chosen':
      return 'takes the request'
    case 'no match':
      return why.join('; ')
    case 'not asked':
      return `not asked${why.length === 0 ? ', would take it too' : `, ${why.join('; ')}`}`
  }
}

function outcomeLines(explanation: RoutingExplanation): string[] {
  const { chosen, candidates, matchedPath, miss, nearest, shadowed } = explanation
  if (chosen !== null) {
    const origin = candidates.find((candidate) => candidate.result === 'chosen')?.origin
    return section('route', [
      `${chosen}${placeText(origin)}, which took ${quoted(matchedPath ?? '')} of the path`,
    ])
  }
  const lines = section('no route', [`${miss}: ${miss === null ? '' : missTexts[miss]}`])
  if (nearest !== null) {
    const { route, host, why, origin } = nearest
    lines.push(...section('nearest', [`${route} of host ${host}${placeText(origin)}`, why]))
  }
  if (shadowed !== null) {
    const { route, host } = shadowed
    const rule = `${explanation.owner} owns the request, so less specific hosts are not asked`
    lines.push(...section('note', [`${route} of host ${host} would take it, but ${rule}`]))
  }
  return lines
}

const missTexts = {
  no_route_host: 'no route has this host',
  no_route_path: 'routes have this host, none this path',
  no_route_match: 'routes have this host and path, and ask for more than the request has',
} as const satisfies Record<NonNullable<RoutingExplanation['miss']>, string>

function placeText(origin: Origin | undefined): string {
  if (origin === undefined || origin.file === '') return ''
  return origin.line === 0 ? ` (${origin.file})` : ` (${origin.file}:${origin.line}:${origin.column})`
}

function mark(on: boolean): string {
  return on ? '→' : ' '
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Rows with their columns below each other; the last is not padded, and one long cell does not widen its column beyond 60. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, Math.min(cell.length, 60))
  }
  return rows.map((row) => {
    const cells = row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
    return (cells[0] ?? '') + ' ' + cells.slice(1).join('  ')
  })
}
