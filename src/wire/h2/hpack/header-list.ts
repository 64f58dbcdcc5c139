/** Most of what one header list may hold (hardening limits); 0 is no limit. */
export interface HeaderLimits {
  /** Name + value + 32 of every field, cookie crumbs counted as the one line they become. */
  readonly bytes: number
  /** Regular fields, all cookie crumbs together being one. */
  readonly fields: number
  /** Cookie crumbs: `cookie` fields before they are joined (RFC 9113 §8.2.3). */
  readonly crumbs: number
  /** Bytes of the joined cookie. */
  readonly cookieBytes: number
}

/** Bits of `HeaderList.pseudo`. */
export const pseudoBits = { method: 1, scheme: 2, authority: 4, path: 8, protocol: 16, status: 32 } as const

/**
 * What one header block says. One object per connection, used again: every decode sets every property.
 * With a `fault` the other properties hold what was read in front of it.
 */
export class HeaderList {
  method = ''
  scheme = ''
  authority = ''
  path = ''
  protocol = ''
  status = ''
  /** Which pseudo fields there were, as `pseudoBits`: tells an empty one from an absent one. */
  pseudo = 0
  /** Regular fields in order as `name: value\r\n`, names in lower case, cookie crumbs joined into one line by `; `. */
  fields = ''
  /** Name + value + 32 of all fields, each crumb included (RFC 9113 §10.5.1). */
  size = 0
  /** `malformed` is a stream error PROTOCOL_ERROR (RFC 9113 §8.1.1). */
  fault: 'none' | 'malformed' | 'too_large' = 'none'
  /** Which limit a list that is too large is over: the number of its fields or crumbs, or its bytes. */
  excess: 'fields' | 'bytes' = 'bytes'
  /** What the fault is, fit for a log line; `""` without one. */
  detail = ''

  clear(): void {
    this.method = ''
    this.scheme = ''
    this.authority = ''
    this.path = ''
    this.protocol = ''
    this.status = ''
    this.pseudo = 0
    this.fields = ''
    this.size = 0
    this.fault = 'none'
    this.excess = 'bytes'
    this.detail = ''
  }

  copy(other: HeaderList): void {
    this.method = other.method
    this.scheme = other.scheme
    this.authority = other.authority
    this.path = other.path
    this.protocol = other.protocol
    this.status = other.status
    this.pseudo = other.pseudo
    this.fields = other.fields
    this.size = other.size
    this.fault = other.fault
    this.excess = other.excess
    this.detail = other.detail
  }

  /** Marks the list; the first fault stays. */
  blame(fault: 'malformed' | 'too_large', detail: string, excess: 'fields' | 'bytes' = 'bytes'): void {
    if (this.fault !== 'none') return
    this.fault = fault
    this.excess = excess
    this.detail = detail
  }
}
