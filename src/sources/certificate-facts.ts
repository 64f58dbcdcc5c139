import { createHash, type KeyObject, type X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { CertificateMaterial } from '../model/material.ts'
import type { Certificate } from '../model/tls.ts'
import { parseAltNames } from '../std/alt-names.ts'
import { quoted } from '../std/quoted.ts'
import type { CertificateRead, MaterialFlaw, Read } from '../translate/material-source.ts'
import { flaw, flawed, read } from './material-text.ts'

/** A certificate with its chain and key, before anybody looked whether they belong together. */
export interface Parts {
  /** The file of the certificate, and that of the key. */
  readonly file: string
  readonly keyFile: string
  /** The certificate itself first. */
  readonly chain: readonly X509Certificate[]
  readonly key: KeyObject
}

/** Checks that a certificate can be used: its key belongs to it, its chain is in order, OpenSSL takes it. */
export function checked(parts: Parts): Read<CertificateRead> {
  const { file, chain, key } = parts
  const [leaf] = chain
  if (leaf === undefined) return flawed(flaw(file, 'holds no certificate', 'put the right one there'))
  if (!leaf.checkPrivateKey(key)) return flawed(notItsKey(parts))
  const names = namesOf(leaf)
  if (names === undefined)
    return flawed(flaw(file, 'has a name that cannot be read safely', 'have the certificate issued again'))
  const material = materialOf(chain, key)
  const refusal = chain.every(isOrdinary) ? undefined : refusalOf(material)
  if (refusal !== undefined)
    return flawed(
      flaw(file, `is refused by the TLS library: ${refusal}`, 'have a stronger certificate issued'),
    )
  const warnings = [...orderWarnings(parts), ...nameWarnings(file, names)]
  return read({ material, facts: factsOf(leaf, file, material.id, names) }, warnings)
}

function notItsKey({ file, keyFile, chain, key }: Parts): MaterialFlaw {
  const place = chain.findIndex((one) => one.checkPrivateKey(key))
  if (place > 0) {
    const what = `has the certificate of the key in place ${place + 1}`
    return flaw(file, what, 'put it first, and behind it those that signed it')
  }
  const where = file === keyFile ? 'its certificate' : `the certificate in ${quoted(file)}`
  return flaw(keyFile, `is not the key of ${where}`, 'name the key that belongs to it')
}

/** Clients build the chain from what comes in order; many go on all the same, so this is no error. */
function orderWarnings({ file, chain }: Parts): MaterialFlaw[] {
  const odd = chain.findIndex((one, index) => {
    const next = chain[index + 1]
    return next !== undefined && !one.checkIssued(next)
  })
  if (odd < 0) return []
  const what = `has a chain out of order: certificate ${odd + 2} did not sign certificate ${odd + 1}`
  return [flaw(file, what, 'put behind each certificate the one that signed it')]
}

function nameWarnings(file: string, names: readonly string[]): MaterialFlaw[] {
  if (names.length > 0) return []
  return [flaw(file, 'has no name that a client would look for', 'have it issued with a subjectAltName')]
}

/** DNS names and addresses; `undefined` when they cannot be told for certain. */
function namesOf(leaf: X509Certificate): readonly string[] | undefined {
  const names = parseAltNames(leaf.subjectAltName)
  return names
    ?.filter(({ kind }) => kind === 'DNS' || kind === 'IP Address')
    .map(({ value }) => value.toLowerCase())
}

function materialOf(chain: readonly X509Certificate[], key: KeyObject): CertificateMaterial {
  const certificate = chain.map((one) => one.toString()).join('')
  const keyText = key.export({ type: 'pkcs8', format: 'pem' })
  return {
    kind: 'certificate',
    id: contentId('certificate', certificate, keyText),
    certificate,
    key: keyText,
  }
}

/** The id of a material: of its kind and content. */
export function contentId(...contents: readonly string[]): string {
  const hash = createHash('sha256')
  for (const content of contents) hash.update(`${content.length}:`).update(content)
  return hash.digest('base64url').slice(0, 22)
}

/** Nobody refuses these, and trying each of ten thousand certificates takes most of the time that reading them does. */
function isOrdinary({ publicKey, signatureAlgorithm = '' }: X509Certificate): boolean {
  if (!/^(?:sha(?:256|384|512)WithRSAEncryption|ecdsa-with-SHA(?:256|384|512))$/.test(signatureAlgorithm))
    return false
  const { modulusLength = 0, namedCurve = '' } = publicKey.asymmetricKeyDetails ?? {}
  return modulusLength >= 2048 || namedCurve === 'prime256v1' || namedCurve === 'secp384r1'
}

function refusalOf({ certificate, key }: CertificateMaterial): string | undefined {
  try {
    createSecureContext({ cert: certificate, key })
    return undefined
  } catch (error) {
    return opensslText(error)
  }
}

/** OpenSSL's sentence without its numbers: `ee key too small`. */
export function opensslText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/^error:[0-9A-F]+:/, '').replace(/^[^:]*:[^:]*:/, '')
}

function factsOf(
  leaf: X509Certificate,
  file: string,
  material: string,
  names: readonly string[],
): Omit<Certificate, 'origin'> {
  return {
    material,
    names,
    keyType: keyTypeOf(leaf),
    serial: leaf.serialNumber.toLowerCase(),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    file,
  }
}

function keyTypeOf({ publicKey }: X509Certificate): Certificate['keyType'] {
  switch (publicKey.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return 'rsa'
    case 'ec':
      return 'ecdsa'
    case 'ed25519':
      return 'ed25519'
    default:
      return 'other'
  }
}
