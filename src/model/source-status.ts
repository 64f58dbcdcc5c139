/** How a source of configuration stands. */
export interface SourceStatus {
  /** `kubernetes ingresses`. */
  readonly name: string
  /** `starting`: not complete yet. `current`: follows its changes. `stale`: what it knew last still holds, and it cannot hear now. */
  readonly state: 'starting' | 'current' | 'stale'
  readonly objects: number
  /** When it heard anything last, a sign of life included; milliseconds since 1970, 0 for never. */
  readonly heardAt: number
  /** Failures since the start. */
  readonly errors: number
  /** How often everything was read again. */
  readonly relists: number
  /** What went wrong last, until it goes well again; `""` for nothing. */
  readonly lastError: string
}
