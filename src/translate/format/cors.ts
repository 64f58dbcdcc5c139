import { Flaw, type Format, noSecrets } from './flaw.ts'
import { httpOrigin } from './upgrade.ts'

/**
 * Origins that may read: `"https://shop.example.com"`, `"https://*.example.com"` (one label), `"https://**.example.com"` (one or more);
 * in lower case.
 */
export const httpOriginPattern: Format<string> = {
  noun: 'an origin',
  example: '"https://shop.example.com", "https://*.example.com" (one label) or "https://**.example.com"',
  pattern: '^\\*$|^[A-Za-z][A-Za-z0-9+.-]*://(\\*{1,2}\\.)?[^/?#@*\\s]+$',
  read(text) {
    if (text.toLowerCase() === 'null')
      return new Flaw('is what sandboxed pages of anybody send', 'write the origins that you know')
    const parts = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)(\*{1,2}\.)(.*)$/.exec(text)
    const [, scheme = '', wildcard = '', rest = text] = parts ?? []
    if (rest.includes('*'))
      return new Flaw('has a wildcard that is not its first label', `write ${this.example}`)
    const origin = httpOrigin.read(scheme + rest, noSecrets)
    if (origin instanceof Flaw)
      return new Flaw(origin.message, wildcard === '' ? origin.remedy : `write ${this.example}`)
    if (wildcard === '') return origin
    const host = origin.slice(scheme.length)
    return host.startsWith('[') || /^[0-9.]+(?::\d+)?$/.test(host)
      ? new Flaw('is a wildcard before an address', `write "${origin}"`)
      : scheme.toLowerCase() + wildcard + host
  },
}
