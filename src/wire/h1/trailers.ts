import { isEdgeField } from '../../http/edge-fields.ts'
import { eachField } from '../../http/field-block.ts'
import { tokenList } from '../../http/tokens.ts'
import { isFramingTwin, lineGrammar } from './field-lines.ts'

/** Trailer fields that pass without being announced. */
const alwaysPass: ReadonlySet<string> = new Set([
  'grpc-status',
  'grpc-message',
  'grpc-status-details-bin',
  'server-timing',
  'digest',
  'content-digest',
  'repr-digest',
])

/** Announced or not, these would change how the message is read, routed or trusted (RFC 9110 §6.5.1). */
const neverPass =
  /^(?:host|te|trailer|upgrade|connection|keep-alive|proxy.*|expect|max-forwards|range|if-.*|cache-control|pragma|authorization|www-authenticate|authentication-info|cookie|set-cookie|content-(?:type|encoding|range|location|language|disposition)|date|age|expires|vary|location|retry-after|access-control-.*|origin|forwarded|strict-transport-security|.*[^a-z0-9-].*)$/

/** What became of a trailer section. */
export type TrailerVerdict =
  | { readonly kind: 'fine'; readonly lines: string; readonly count: number }
  | { readonly kind: 'broken'; readonly what: string; readonly value: string }

/**
 * The trailer lines that may travel on; others are silently left out, framing names break the message (RFC 9112 §7.1.2).
 *
 * @param section lines and the empty line.
 * @param announced the value of the message's `Trailer` field.
 */
export function sortTrailers(section: string, announced: string): TrailerVerdict {
  const grammar = lineGrammar(section, 0)
  if (grammar === 'broken') return { kind: 'broken', what: 'trailers', value: section }
  const names = announced === '' ? undefined : tokenList(announced, 64)
  let lines = ''
  let count = 0
  let framing = ''
  eachField(section.slice(0, -2), (name, value) => {
    const lower = name.toLowerCase()
    count++
    if (lower === 'content-length' || lower === 'transfer-encoding' || isFramingTwin(lower)) framing = name
    else if (mayPass(lower, names)) lines += `${name}: ${value}\r\n`
  })
  return framing === ''
    ? { kind: 'fine', lines, count }
    : { kind: 'broken', what: 'framing in trailers:', value: framing }
}

function mayPass(name: string, announced: readonly string[] | undefined): boolean {
  if (alwaysPass.has(name) || name.startsWith('x-checksum-')) return true
  return announced?.includes(name) === true && !neverPass.test(name) && !isEdgeField(`${name}:`, 0)
}
