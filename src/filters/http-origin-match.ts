/** Whether an origin, byte for byte as a browser sent it, is one of those that patterns allow. */
export type HttpOriginMatch = (origin: string) => boolean

interface Wildcard {
  /** `https://`. */
  readonly start: string
  /** `.example.com:8443`. */
  readonly end: string
  readonly depth: 'one label' | 'any'
}

/**
 * Compiles patterns of origins: `https://a.test`, `https://*.a.test` (one label), `https://**.a.test` (one or more). A wildcard never
 * takes the host behind it alone, nor a scheme or port. Fetch compares origins as bytes, and browsers send them in lower case.
 */
export function httpOriginMatch(patterns: readonly string[]): HttpOriginMatch {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const wildcards = patterns.filter((pattern) => pattern.includes('*')).map(wildcardOf)
  if (wildcards.length === 0) return (origin) => exact.has(origin)
  return (origin) => exact.has(origin) || wildcards.some((wildcard) => isTaken(wildcard, origin))
}

function wildcardOf(pattern: string): Wildcard {
  const first = pattern.indexOf('*')
  const last = pattern.lastIndexOf('*')
  return {
    start: pattern.slice(0, first),
    end: pattern.slice(last + 1),
    depth: last > first ? 'any' : 'one label',
  }
}

function isTaken({ start, end, depth }: Wildcard, origin: string): boolean {
  const from = start.length
  const to = origin.length - end.length
  if (to <= from || !origin.startsWith(start) || !origin.endsWith(end)) return false
  let labelAt = from
  for (let i = from; i < to; i++) {
    const code = origin.charCodeAt(i)
    if (code === dot) {
      if (depth === 'one label' || i === labelAt) return false
      labelAt = i + 1
    } else if (!isLabel(code)) return false
  }
  return labelAt < to
}

const dot = 46

/** Letters in lower case, digits, `-` and `_`: what browsers leave in a host. */
function isLabel(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95
}
