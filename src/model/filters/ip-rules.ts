/** Which client addresses a route is open to. A denied address is refused whatever else allows it. */
export interface IpRules {
  /** CIDR blocks; empty allows every address that is not denied. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}
