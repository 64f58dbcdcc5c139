import type { ForwardAuth, SignIn } from '../../../../model/filters/forward-auth.ts'
import { dnsName } from '../../../format/address.ts'
import { Flaw, noSecrets } from '../../../format/flaw.ts'
import { requestTarget, signInUrl } from '../../../format/forward-auth.ts'
import { editedRequestHeader, method, parameterName } from '../../../format/names.ts'
import type { AuthAsked } from '../annotations-read.ts'
import { isForgedByAnswer } from '../forged-fields.ts'
import { readAuthCache } from './auth-cache.ts'
import type { NginxReader } from './reader.ts'
import { format, list, type Parse, withoutVariables } from './values.ts'

/** Say nothing without `auth-url`. */
const besides = ['auth-signin-redirect-param', 'auth-response-headers', 'auth-method', 'auth-cache-key']

/**
 * Who is asked whether requests may pass. As in ingress-nginx the question has all headers of the request, a denial has none of the
 * answer's body, and cookies of the answer go to the client.
 */
export function readAuth(reader: NginxReader): AuthAsked | undefined {
  const url = reader.read('auth-url', withoutVariables(authUrl))
  const signIn = reader.read('auth-signin', signInPage)
  const parameter = reader.read('auth-signin-redirect-param', format(parameterName)) ?? 'rd'
  const toUpstream = reader.read('auth-response-headers', list(answeredHeader)) ?? []
  const asks = reader.read('auth-method', format(method)) ?? 'GET'
  const cache = readAuthCache(reader)
  if (!reader.has('auth-url')) tellAlone(reader)
  if (url === undefined) return undefined
  const { target, authority, ...where } = url
  const question: Omit<ForwardAuth, 'cluster'> = {
    target,
    method: asks,
    host: authority,
    told: 'all',
    toldBody: undefined,
    toUpstream,
    toClient: ['set-cookie'],
    denial: ['location', 'set-cookie', 'www-authenticate'],
    identity: undefined,
    timeout: 5000,
    body: 0,
    signIn: signIn === undefined ? undefined : { url: signIn, parameter, status: 302 },
    cache,
  }
  return { ...where, question }
}

function tellAlone(reader: NginxReader): void {
  if (reader.has('auth-signin')) {
    reader.closeFor('auth-signin', 'has no auth-url that could ask who the client is')
    reader.refuse('auth-signin', 'AnnotationInvalid', {
      message: 'auth-signin says nothing without auth-url, and the routes answer 503 so that nobody comes in',
      remedy: 'add "auth-url", or remove it',
    })
  }
  for (const name of besides) {
    if (!reader.has(name)) continue
    reader.warn(name, 'AnnotationDiffers', {
      message: `${name} says nothing without auth-url`,
      remedy: 'add "auth-url", or remove it',
    })
  }
}

const answeredHeader: Parse<string> = (text) => {
  const name = editedRequestHeader.read(text, noSecrets)
  return typeof name === 'string' && isForgedByAnswer(name)
    ? new Flaw('says whence a client comes, which the gateway alone writes', 'leave it out')
    : name
}

interface AuthUrl extends Pick<AuthAsked, 'name' | 'port' | 'tls'> {
  readonly target: string
  readonly authority: string
}

const authUrl: Parse<AuthUrl> = (text) => {
  const example = '"http://oauth2-proxy.auth.svc.cluster.local:4180/oauth2/auth"'
  const parts = /^(https?):\/\/([^/:?#@]+)(?::(\d{1,5}))?(\/[^#]*)?$/.exec(text)
  if (parts === null) return new Flaw('is not a URL that can be asked', `write ${example}`)
  const [, scheme, host = '', digits, target = '/'] = parts
  const name = dnsName.read(host, noSecrets)
  if (name instanceof Flaw) return new Flaw(`has a host that ${name.message}`, name.remedy)
  if (!name.includes('.'))
    return new Flaw('has a host of one label, which names nothing here', `write it out: ${example}`)
  const tls = scheme === 'https' ? 'on' : 'off'
  const port = digits === undefined ? (tls === 'on' ? 443 : 80) : Number(digits)
  if (port === 0 || port > 65_535) return new Flaw('has a port that does not exist', `write ${example}`)
  const path = requestTarget.read(target, noSecrets)
  if (path instanceof Flaw) return new Flaw('has a path that is not one', `write ${example}`)
  return { name, port, tls, target: path, authority: digits === undefined ? name : `${name}:${port}` }
}

/** Variables of nginx that a page to sign in is named with, in our words. */
const variables: ReadonlyMap<string, string> = new Map([
  ['$host', '{host}'],
  ['$http_host', '{host}'],
  ['$best_http_host', '{host}'],
  ['$scheme', '{scheme}'],
  ['$pass_access_scheme', '{scheme}'],
  ['$request_uri', '{uri}'],
  ['$escaped_request_uri', '{escapedUri}'],
])

const signInPage: Parse<SignIn['url']> = (text) => {
  let unknown: string | undefined
  const url = text.replace(/\$\w*/g, (variable) => {
    const known = variables.get(variable)
    if (known === undefined) unknown ??= variable
    return known ?? ''
  })
  if (unknown !== undefined || /[{}]/.test(text))
    return new Flaw(
      'holds a variable that is not filled in',
      `write it out; ${[...variables.keys()].join(', ')} are filled in`,
    )
  return signInUrl.read(url, noSecrets)
}
