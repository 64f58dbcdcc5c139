import { quoted } from '../../../../std/quoted.ts'
import { dnsName } from '../../../format/address.ts'
import { Flaw, noSecrets } from '../../../format/flaw.ts'
import { upstreamHost } from '../../../format/host.ts'
import { cookieName, hashedHeader } from '../../../format/names.ts'
import { cipher } from '../../../format/tls.ts'
import type { NginxReader } from './reader.ts'
import { bool, format, onOff, type Parse, withoutVariables, word } from './values.ts'

/** Protocol and TLS towards endpoints. */
export function readUpstream(reader: NginxReader): void {
  const protocol = reader.read(
    'backend-protocol',
    word(['HTTP', 'HTTPS', 'GRPC', 'GRPCS', 'AUTO_HTTP', 'FCGI']),
  )
  if (protocol === 'AUTO_HTTP' || protocol === 'FCGI') {
    reader.refuse('backend-protocol', 'AnnotationUnsupported', {
      message: `backend-protocol "${protocol}" is not obeyed: ${protocol === 'FCGI' ? 'FastCGI is not spoken' : 'what an endpoint speaks is not guessed'}`,
      remedy: 'write HTTP, HTTPS, GRPC or GRPCS, or give the port of the Service an "appProtocol"',
    })
  } else if (protocol !== undefined) {
    reader.write(['backend-protocol'], ['protocol'], protocol.startsWith('GRPC') ? 'h2' : 'http/1.1')
    reader.write(['backend-protocol'], ['tls'], protocol.endsWith('S') ? 'on' : 'off')
  }
  readTls(reader, protocol === 'HTTPS' || protocol === 'GRPCS')
  const host = reader.read('upstream-vhost', withoutVariables(format(upstreamHost)))
  if (host !== undefined) reader.write(['upstream-vhost'], ['host'], host)
  const service = reader.read('service-upstream', bool)
  if (service !== undefined) reader.write(['service-upstream'], ['serviceUpstream'], service ? 'on' : 'off')
}

function readTls(reader: NginxReader, isSecure: boolean): void {
  const secret = reader.read('proxy-ssl-secret', secretIn(reader.namespace))
  const verify = reader.read('proxy-ssl-verify', onOff)
  const name = reader.read('proxy-ssl-name', withoutVariables(format(dnsName)))
  const ciphers = reader.read('proxy-ssl-ciphers', cipherNames)
  const versions = reader.read('proxy-ssl-protocols', tlsVersions)
  const isVerified = (verify ?? (reader.compat === 'off' ? 'on' : 'off')) === 'on'
  if (verify !== undefined) reader.write(['proxy-ssl-verify'], ['tlsSettings', 'verify'], verify)
  if (secret !== undefined) {
    reader.write(['proxy-ssl-secret'], ['tlsSettings', 'certificateSecret'], secret)
    if (isVerified) reader.write(['proxy-ssl-secret'], ['tlsSettings', 'caSecret'], secret)
  }
  if (name !== undefined) reader.write(['proxy-ssl-name'], ['tlsSettings', 'serverName'], name)
  if (ciphers !== undefined) reader.write(['proxy-ssl-ciphers'], ['tlsSettings', 'ciphers'], ciphers)
  if (versions !== undefined) {
    reader.write(['proxy-ssl-protocols'], ['tlsSettings', 'minVersion'], versions.min)
    reader.write(['proxy-ssl-protocols'], ['tlsSettings', 'maxVersion'], versions.max)
  }
  if (!isSecure || verify !== undefined || reader.compat !== 'off') return
  reader.warn('backend-protocol', 'AnnotationDiffers', {
    message:
      'backend-protocol asks for TLS, and certificates of endpoints are verified here, as ingress-nginx does not',
    remedy:
      'name the authorities by "tidegate.dev/tls.ca-secret", or write "tidegate.dev/tls.verify: off" to take every certificate',
  })
}

function secretIn(namespace: string | undefined): Parse<string> {
  return (text) => {
    const [first = '', second, ...rest] = text.split('/')
    if (rest.length === 0 && second !== undefined && first === namespace)
      return dnsName.read(second, noSecrets)
    if (second === undefined) return dnsName.read(first, noSecrets)
    return new Flaw(
      'names a Secret of another namespace',
      `write the name of a Secret of ${namespace ?? 'the namespace of the Ingress'}`,
    )
  }
}

const cipherNames: Parse<readonly string[]> = (text) => {
  const names = text.split(':')
  const wrong = names.find(
    (name) =>
      !/^[A-Z0-9_-]+-[A-Z0-9_-]+$|^TLS_[A-Z0-9_]+$/.test(name) ||
      cipher.read(name, noSecrets) instanceof Flaw,
  )
  return wrong === undefined
    ? names
    : new Flaw(
        `has ${quoted(wrong, 40)}, which is no name of a cipher suite`,
        'write names alone, with colons between them',
      )
}

const tlsVersions: Parse<{ readonly min: string; readonly max: string }> = (text) => {
  const words = text.split(/\s+/)
  const known = ['TLSv1.2', 'TLSv1.3'].filter((version) => words.includes(version))
  const odd = words.find((one) => !/^(?:TLSv1(?:\.[0-3])?|SSLv[23])$/.test(one))
  const [min, max = min] = known
  if (odd !== undefined || min === undefined || max === undefined)
    return new Flaw('names no version of TLS that is spoken here', 'write "TLSv1.2", "TLSv1.3" or both')
  return { min, max }
}

/** Which endpoint takes a request. */
export function readBalance(reader: NginxReader): void {
  const algorithm = reader.read('load-balance', word(['round_robin', 'ewma']))
  if (algorithm !== undefined)
    reader.write(['load-balance'], ['balance'], algorithm === 'ewma' ? 'ewma' : 'round-robin')
  const key = reader.read('upstream-hash-by', hashKey)
  if (key !== undefined) reader.write(['upstream-hash-by'], ['balance'], { 'ring-hash': key })
}

const hashKey: Parse<'client-address' | { readonly header: string } | { readonly cookie: string }> = (
  text,
) => {
  const variable = /^\$(?:\{(\w+)\}|(\w+))$/.exec(text)
  const name = variable?.[1] ?? variable?.[2] ?? ''
  if (name === 'remote_addr' || name === 'binary_remote_addr') return 'client-address'
  const [, kind, rest = ''] = /^(http|cookie)_(\w+)$/.exec(name) ?? []
  if (kind === 'http') {
    const header = hashedHeader.read(rest.replaceAll('_', '-'), noSecrets)
    return header instanceof Flaw ? header : { header }
  }
  if (kind === 'cookie') {
    const cookie = cookieName.read(rest, noSecrets)
    return cookie instanceof Flaw ? cookie : { cookie }
  }
  return new Flaw(
    'is none of the variables known here',
    'write "$remote_addr", "$http_NAME" for a header or "$cookie_NAME" for a cookie, alone',
  )
}
