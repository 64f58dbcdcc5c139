import { normalisePath } from '../../http/path.ts'
import { dnsName } from './address.ts'
import { Flaw, type Format, noSecrets } from './flaw.ts'

/** What a request of the gateway's own asks for: a path, with a query if need be. */
export const requestTarget: Format<string> = {
  noun: 'a path',
  example: 'a path such as "/oauth2/auth", with a query if need be',
  pattern: '^/[^#\\s]*$',
  read(text) {
    const queryAt = text.indexOf('?')
    const path = queryAt < 0 ? text : text.slice(0, queryAt)
    const isPath = path.startsWith('/') && normalisePath(path, 'keep') === path
    return isPath && targetText.test(text) && text.length <= longestUrl
      ? text
      : new Flaw('is not a path', `write ${this.example}`)
  },
}

/** Where clients are sent to sign in: a URL, or a path on the host they asked. */
export const signInUrl: Format<string> = {
  noun: 'a URL to sign in',
  example:
    '"https://login.example.com/start", "/oauth2/start" or "https://{host}/oauth2/start?rd={escapedUri}"',
  pattern: '^((https?|\\{scheme\\})://[^/?#\\s]+)?([/?][^#\\s]*)?$',
  read(text) {
    const parts = /^(?:(?:https?|\{scheme\}):\/\/([^/?#]+))?(?:\/(?![/{])[^#]*|\?[^#]*)?$/.exec(text)
    const plain = text.replace(variables, 'x')
    if (/^\??$/.test(text) || parts === null || text.length > longestUrl || !targetText.test(plain))
      return new Flaw(`is not ${this.noun}`, `write ${this.example}`)
    const [, authority] = parts
    if (authority === undefined || authority === '{host}') return text
    const host = dnsName.read(authority.replace(/:\d{1,5}$/, ''), noSecrets)
    return host instanceof Flaw ? new Flaw(`has a host that ${host.message}`, host.remedy) : text
  },
}

const variables = /\{(?:scheme|host|uri|escapedUri)\}/g
/** What URIs are made of, RFC 3986 §2, without the fragment. */
const targetText = /^[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=%]*$/
const longestUrl = 2048
