import type { ClientCertificateRules } from '../model/filters/client-certificate.ts'
import { noClaims } from '../model/identity.ts'
import type { LocalReply } from '../model/reply.ts'
import type { VerifiedCertificate } from '../model/verified-certificate.ts'
import { hasAllowedName } from '../tls/client-names.ts'
import type { Filter, RequestDraft } from './filter.ts'

/**
 * Lets clients in by the certificate that their handshake verified, and says who they are: later filters may go by its subject. The
 * listener has to ask for certificates (`tls.clientCertificates`); without one, the route is closed.
 *
 * Where: behind `cors`, in front of filters that go by who asks. Cost: a few comparisons. Buffers nothing; always can decide. Reason:
 * `client_certificate`.
 */
export function clientCertificate(spec: ClientCertificateRules): Filter {
  const commonNames = new Set(spec.commonNames)
  const fingerprints = new Set(spec.fingerprints)
  const allowsAll = commonNames.size + fingerprints.size + spec.names.length === 0
  const isAllowed = ({ commonName, names, fingerprint }: VerifiedCertificate): boolean =>
    allowsAll ||
    fingerprints.has(fingerprint) ||
    (commonName !== undefined && commonNames.has(commonName)) ||
    (spec.names.length > 0 && hasAllowedName(names, spec.names))
  return {
    kind: 'clientCertificate',
    summary: summaryOf(spec),
    onRequest(request) {
      const certificate = request.clientCertificate
      if (certificate === undefined) return none
      if (!isAllowed(certificate))
        return refusal(`the certificate of "${certificate.subject}" is not one that the route allows`)
      request.identity = { by: 'clientCertificate', subject: certificate.subject, claims: noClaims }
      return undefined
    },
    onResponse: undefined,
    foresee: ({ scheme }: RequestDraft) =>
      scheme === 'http'
        ? { kind: 'answers', reply: none }
        : { kind: 'depends', on: 'goes by the certificate that the client shows' },
  }
}

function refusal(detail: string): LocalReply {
  return { status: 403, reason: 'client_certificate', fields: '', body: undefined, detail }
}

const none = Object.freeze(refusal('the client has shown no certificate'))

function summaryOf({ commonNames, names, fingerprints }: ClientCertificateRules): string {
  const wanted = [
    ...commonNames.map((name) => `CN=${name}`),
    ...names,
    ...fingerprints.map((fingerprint) => `SHA-256 ${fingerprint.slice(0, 8)}…`),
  ]
  if (wanted.length === 0) return 'any that was verified'
  const shown = wanted.slice(0, 4).join(' or ')
  return wanted.length > 4 ? `${shown} or ${wanted.length - 4} others` : shown
}
