import { isEdgeField } from '../../http/edge-fields.ts'
import { eachField } from '../../http/field-block.ts'
import { tokenList } from '../../http/tokens.ts'
import { isFramingTwin, lineGrammar } from './field-lines.ts'
import { visibleFault } from './head-reader.ts'

/** Bytes, and number of fields; 0 is no limit. */
export interface TrailerLimits {
  readonly trailerFields: number
  readonly trailers: number
}

/** Why a trailer section is not taken. */
export interface TrailerFault {
  readonly kind: 'broken' | 'large'
  readonly what: string
  readonly value: string
}

const carriageReturn = 13
const lineFeed = 10
/** More than anybody announces. */
const mostAnnounced = 64

/** Trailer fields that pass without being announced; `x-checksum-*` do too. */
const alwaysPass: ReadonlySet<string> = new Set([
  'grpc-status',
  'grpc-message',
  'grpc-status-details-bin',
  'server-timing',
  'digest',
  'content-digest',
  'repr-digest',
])

/**
 * Announced or not, these would change how the message is read, routed, cached or trusted (RFC 9110 §6.5.1); names with
 * characters besides letters, digits and hyphens are among them.
 */
const neverPass =
  /^(?:host|te|trailer|upgrade|connection|keep-alive|proxy(?:-.*)?|http2-settings|expect|max-forwards|range|if-.*|cache-control|pragma|authorization|www-authenticate|authentication-info|cookie|set-cookie|content-(?:type|encoding|range|location|language|disposition|security-policy)|date|age|expires|vary|location|retry-after|access-control-.*|origin|strict-transport-security|.*[^a-z0-9-].*)$/

/**
 * The section behind the last chunk: lines and an empty one, usually the empty one alone. Fields that may not travel on are
 * silently left out; framing names, and twins of them, break the message (RFC 9112 §7.1.2). Reused.
 */
export class Trailers {
  fault: TrailerFault | undefined = undefined
  done = false
  /** Lines that may travel on; valid when `done`. */
  lines = ''
  #held = ''
  #announced = ''
  #limits: TrailerLimits = { trailerFields: 0, trailers: 0 }

  /** @param announced the value of the message's `Trailer` field. */
  reset(limits: TrailerLimits, announced: string): void {
    this.fault = undefined
    this.done = false
    this.lines = ''
    this.#held = ''
    this.#announced = announced
    this.#limits = limits
  }

  /** Takes bytes; returns the index behind the section, or `end`. See `done` and `fault`. */
  push(buffer: Buffer, start: number, end: number): number {
    if (
      this.#held === '' &&
      buffer[start] === carriageReturn &&
      buffer[start + 1] === lineFeed &&
      start + 1 < end
    ) {
      this.done = true
      return start + 2
    }
    const most = this.#limits.trailers === 0 ? Number.POSITIVE_INFINITY : this.#limits.trailers
    const before = this.#held.length
    const text = this.#held + buffer.toString('latin1', start, Math.min(end, start + most + 4 - before))
    const length = text.startsWith('\r\n') ? 2 : text.indexOf('\r\n\r\n', Math.max(0, before - 3)) + 4
    if (length >= 4 || text.startsWith('\r\n')) {
      this.#sort(text.slice(0, length), most)
      return start + length - before
    }
    if (visibleFault.test(text.slice(Math.max(0, before - 1))) || text.startsWith('\n'))
      this.#refuse('broken', 'trailers', text)
    else if (text.length > most) this.#refuse('large', 'trailers larger than the limit:', text)
    this.#held = text
    return end
  }

  #sort(section: string, most: number): void {
    this.done = true
    if (section.length - 2 > most) return this.#refuse('large', 'trailers larger than the limit:', section)
    if (lineGrammar(section, 0) === 'broken') return this.#refuse('broken', 'trailers', section)
    const announced = announcedTrailers(this.#announced)
    let count = 0
    eachField(section.slice(0, -2), (name, value) => {
      const lower = name.toLowerCase()
      count++
      if (isFramingTwin(lower)) this.#refuse('broken', 'framing in trailers:', name)
      else if (isPassingTrailer(lower, announced)) this.lines += `${name}: ${value}\r\n`
    })
    const { trailerFields } = this.#limits
    if (trailerFields > 0 && count > trailerFields)
      this.#refuse('large', 'more trailers than', String(trailerFields))
  }

  #refuse(kind: 'broken' | 'large', what: string, value: string): void {
    this.fault ??= { kind, what, value }
  }
}

/** The names in a `Trailer` field, in lower case; `undefined` when there are none, or it cannot be read. */
export function announcedTrailers(trailer: string): readonly string[] | undefined {
  return trailer === '' ? undefined : tokenList(trailer, mostAnnounced)
}

/** Whether a trailer field may travel on; `announced` as `announcedTrailers` gives it. */
export function isPassingTrailer(lowerName: string, announced: readonly string[] | undefined): boolean {
  if (alwaysPass.has(lowerName) || lowerName.startsWith('x-checksum-')) return true
  return (
    announced?.includes(lowerName) === true && !neverPass.test(lowerName) && !isEdgeField(`${lowerName}:`, 0)
  )
}
