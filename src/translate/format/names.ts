import { isCarried } from '../../http/methods.ts'
import { isProtectedField } from '../../http/protected-fields.ts'
import { isToken } from '../../http/tokens.ts'
import { Flaw, type Format } from './flaw.ts'

function named(noun: string, pattern: RegExp, example: string): Format<string> {
  return {
    noun,
    example,
    pattern: pattern.source,
    read: (text) => (pattern.test(text) ? text : new Flaw(`is not ${noun}`, `write ${example}`)),
  }
}

/** A listener's name. */
export const listenerName = named(
  'a name of a listener',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'letters, digits, ".", "_" and "-", at most 63, such as "web"',
)

/** A cluster's name. */
export const clusterName = named(
  'a name of a cluster',
  /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/,
  'letters, digits and ". _ : / -", at most 128, such as "shop-api"',
)

/** A route's name; wider than the others because derived ids of routes are names too. */
export const routeName = named(
  'a name of a route',
  /^[\x21-\x7e]{1,128}$/,
  'printable ASCII without spaces, at most 128 characters, such as "shop-api"',
)

/** A rate limit's name, which clients see. */
export const limitName = named(
  'a name of a rate limit',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'letters, digits, ".", "_" and "-", at most 63, such as "login"',
)

/** A claim's name, as a token has it: often a URL. */
export const claimName = named(
  'a name of a claim',
  /^\P{Cc}{1,128}$/u,
  'at most 128 characters, such as "tenant"',
)

/** A name of a value that is told to a server, as that knows it. */
export const contextName = named('a name', /^\P{Cc}{1,128}$/u, 'at most 128 characters, such as "policy"')

/** A cookie's name; RFC 6265 §4.1.1. */
export const cookieName = named(
  'a name of a cookie',
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/,
  'letters, digits, "-" and "_", such as "session"',
)

/** A query parameter's name, decoded: `é`, not `%C3%A9`. */
export const parameterName = named(
  'a name of a query parameter',
  /^\P{Cc}{1,128}$/u,
  'it decoded, at most 128 characters, such as "page"',
)

/** A method the gateway carries. */
export const method: Format<string> = {
  noun: 'a method',
  example: '"GET" or "POST"',
  pattern: '^[A-Z]+$',
  read(text) {
    if (isCarried(text)) return text
    const upper = text.toUpperCase()
    if (isCarried(upper)) return new Flaw('is not a method: methods are case-sensitive', `write "${upper}"`)
    return new Flaw('is not a method the gateway carries', `write ${this.example}`)
  },
}

/** A header to match on; kept in lower case. */
export const matchedHeader: Format<string> = {
  ...named(
    'a name of a header',
    /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/,
    'letters, digits and "-", such as "x-version"',
  ),
  read(text) {
    const name = readHeader(text)
    if (name === 'host') return new Flaw('is matched by the hosts of a route', 'write it under "hosts"')
    return name
  },
}

/** A header to hash by; kept in lower case. */
export const hashedHeader: Format<string> = { ...matchedHeader, read: readHeader }

/** A request header that may be edited; kept in lower case. */
export const editedRequestHeader: Format<string> = {
  ...matchedHeader,
  read(text) {
    if (text.toLowerCase() === 'host')
      return new Flaw('is not edited like other headers', 'write "rewrite: { host: … }"')
    return readEdited(text)
  },
}

/** A response header that may be edited; kept in lower case. */
export const editedResponseHeader: Format<string> = { ...matchedHeader, read: readEdited }

function readEdited(text: string): string | Flaw {
  const name = readHeader(text)
  if (typeof name === 'string' && isProtectedField(name)) {
    return new Flaw('belongs to the connection, and the gateway writes it itself', 'leave it out')
  }
  return name
}

function readHeader(text: string): string | Flaw {
  if (isToken(text) && text.length <= 128) return text.toLowerCase()
  return new Flaw('is not a name of a header', `write ${matchedHeader.example}`)
}
