/** Keys of capabilities that this version does not have, wherever they stand, with what they belong to. */
const later: ReadonlyMap<string, string> = new Map([
  ['acme', 'certificates by ACME come later'],
  ['auth', 'authentication of requests comes later'],
  ['dtab', 'delegation tables come later'],
  ['egress', 'egress policy comes later'],
  ['extAuth', 'authentication of requests comes later'],
  ['http3', 'HTTP/3 comes later'],
  ['identity', 'identities come later'],
  ['mirror', 'mirroring comes later'],
  ['oauth', 'authentication of requests comes later'],
  ['oidc', 'authentication of requests comes later'],
  ['rateLimits', 'rate limits come later'],
  ['role', 'listeners with a role (egress) come later'],
  ['tracing', 'tracing comes later'],
])

/** Why a key is not known yet, or `undefined` when it is of no later capability either. */
export function unavailable(key: string): string | undefined {
  return later.get(key)
}
