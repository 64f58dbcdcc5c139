/**
 * The names to ask for, in order, when someone says `host`: a resolver that speaks DNS itself has to apply `search`,
 * `domain` and `ndots` of resolv.conf(5), without which short names of Kubernetes services are not found.
 *
 * @param resolvConf the text of the file; `""` when there is none.
 */
export function searchNames(host: string, resolvConf: string): string[] {
  if (host.endsWith('.')) return [host.slice(0, -1)]
  const { domains, ndots } = parse(resolvConf)
  const longer = domains.map((domain) => `${host}.${domain}`)
  const dots = host.split('.').length - 1
  return dots >= ndots ? [host, ...longer] : [...longer, host]
}

/** The last `search` or `domain` line counts. */
function parse(resolvConf: string): { readonly domains: readonly string[]; readonly ndots: number } {
  let domains: string[] = []
  let ndots = 1
  for (const line of resolvConf.split('\n')) {
    const [key = '', ...values] = line.trim().split(/\s+/)
    if (key === 'search' || key === 'domain') {
      domains = values.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== '')
    }
    if (key !== 'options') continue
    const option = values.findLast((value) => /^ndots:\d{1,2}$/.test(value))
    if (option !== undefined) ndots = Number(option.slice('ndots:'.length))
  }
  return { domains, ndots }
}
