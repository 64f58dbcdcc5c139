import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { type AltName, parseAltNames } from '../std/alt-names.ts'
import { quoted } from '../std/quoted.ts'

/** What a server's certificate has to be for. */
export interface ExpectedServer {
  /** A DNS name, or an IP address; `""` when only `names` count. */
  readonly host: string
  /** `DNS:a.test`, `URI:spiffe://a/b`: any of these, exactly, instead of the host. */
  readonly names: readonly string[]
}

/**
 * Whether a certificate, whose chain has been verified, is for the server that was meant. Only its subjectAltName counts: a common
 * name is whatever the applicant wrote (RFC 9525 §2).
 *
 * @returns what is wrong; `undefined` when nothing is.
 */
export function identityFault(certificate: PeerCertificate, expected: ExpectedServer): string | undefined {
  const { host, names: wanted } = expected
  const names = parseAltNames(certificate.subjectaltname)
  if (names === undefined) return 'its certificate has names that cannot be read safely'
  if (wanted.length > 0) {
    if (names.some((name) => wanted.includes(printed(name)))) return undefined
    return `its certificate is for ${shown(names)}, not ${wanted.join(' or ')}`
  }
  if (host === '')
    return 'nothing says what its certificate has to be for: "serverName" or "names" is missing'
  const kind = isIP(host) === 0 ? 'DNS' : 'IP Address'
  // Without a name of the right kind, Node would take the common name.
  const isNamed = names.some((name) => name.kind === kind)
  const fault = isNamed ? checkServerIdentity(host, { ...certificate, subject: noSubject }) : new Error()
  return fault === undefined ? undefined : `its certificate is for ${shown(names)}, not ${host}`
}

const noSubject = { C: '', ST: '', L: '', O: '', OU: '', CN: '' }

function printed({ kind, value }: AltName): string {
  return `${kind}:${kind === 'DNS' ? value.toLowerCase() : value}`
}

const mostShown = 5

function shown(names: readonly AltName[]): string {
  if (names.length === 0) return 'nobody by name'
  const more = names.length > mostShown ? ` and ${names.length - mostShown} more` : ''
  return quoted(`${names.slice(0, mostShown).map(printed).join(', ')}${more}`, 200)
}
