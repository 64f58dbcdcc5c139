import ipaddr from 'ipaddr.js'

/** A name as nearly every client sends it: already lower case, no port. Checked with its length, below. */
const plainName = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/
const anyName = /^([A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*)\.?(?::([0-9]{1,5}))?$/
const literal = /^\[([0-9A-Fa-f:.]{2,45})\](?::([0-9]{1,5}))?$/

/** RFC 1035 §2.3.4, without the trailing dot. */
const longestName = 253

/**
 * The host of an authority in the one form that routing, policy and log use: lower case, no port, no trailing dot; IPv6 in
 * brackets and shortest form. `"A.test.:443"` gives `"a.test"`, `"[0:0::1]:80"` gives `"[::1]"`.
 *
 * `undefined` when it is not a host: user information, a path, a space, a percent sign, an empty or longer label than 63,
 * more than 253 characters, an empty port or one outside 1–65535 (RFC 9110 §4.2, §7.2). Underscores are taken, since
 * names inside container networks have them.
 */
export function normaliseHost(authority: string): string | undefined {
  if (authority.length <= longestName && plainName.test(authority)) return authority
  const name = anyName.exec(authority)
  if (name !== null) {
    const [, host = '', port] = name
    return host.length <= longestName && isPort(port) ? host.toLowerCase() : undefined
  }
  const address = literal.exec(authority)
  if (address === null) return undefined
  const [, text = '', port] = address
  if (!isPort(port) || !ipaddr.IPv6.isValid(text)) return undefined
  return `[${ipaddr.IPv6.parse(text).toRFC5952String()}]`
}

/** The port an authority names; `undefined` when it names none. The authority must be valid. */
export function authorityPort(authority: string): number | undefined {
  const port = /:([0-9]{1,5})$/.exec(authority)
  return port === null || authority.endsWith(']') ? undefined : Number(port[1])
}

function isPort(digits: string | undefined): boolean {
  if (digits === undefined) return true
  const port = Number(digits)
  return port >= 1 && port <= 65535
}
