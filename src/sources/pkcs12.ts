import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { childAt, childrenOf, type DerValue, derTags, oidOf, readDer } from './der.ts'
import { decrypt, isMacRight, OutdatedError } from './pkcs12-cipher.ts'

/** What is in a file of PKCS#12, or why it cannot be had. */
export type Pkcs12 =
  | { readonly kind: 'opened'; readonly chain: readonly X509Certificate[]; readonly key: KeyObject }
  | {
      readonly kind: 'refused'
      readonly why: 'password' | 'damaged' | 'outdated' | 'no key' | 'no certificate'
    }

/**
 * Opens a file of PKCS#12 (RFC 7292): the certificate of its key, the chain behind it in order, and the key. Node loads such files
 * into a TLS context alone, from which nothing can be had back; what we want is PEM like everything else.
 *
 * Reads what OpenSSL 3 and other tools of today write (AES by PBES2, 3DES), not RC2 of the nineties.
 */
export function readPkcs12(bytes: Buffer, password: string): Pkcs12 {
  try {
    return open(bytes, password)
  } catch (error) {
    return { kind: 'refused', why: error instanceof OutdatedError ? 'outdated' : 'damaged' }
  }
}

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509: '1.2.840.113549.1.9.22.1',
} as const

function open(bytes: Buffer, password: string): Pkcs12 {
  const [, authSafe, mac] = childrenOf(readDer(bytes))
  if (authSafe === undefined) return { kind: 'refused', why: 'damaged' }
  const safe = dataOf(authSafe)
  if (mac !== undefined && !isMacRight(mac, safe, password)) return { kind: 'refused', why: 'password' }
  const bags = childrenOf(readDer(safe)).flatMap((content) => bagsOf(content, password))
  const key = bags.map((bag) => keyOf(bag, password)).find((one) => one !== undefined)
  if (key === undefined) return { kind: 'refused', why: 'no key' }
  const chain = chainOf(
    bags.flatMap((bag) => certificateOf(bag) ?? []),
    key,
  )
  return chain.length === 0 ? { kind: 'refused', why: 'no certificate' } : { kind: 'opened', chain, key }
}

/** The octets in a `ContentInfo` of plain data. */
function dataOf(info: DerValue): Buffer {
  return childAt(childAt(info, 1, derTags.context0), 0, derTags.octets).content
}

/** The bags of a `ContentInfo`, decrypted if need be. */
function bagsOf(info: DerValue, password: string): readonly DerValue[] {
  const kind = oidOf(childAt(info, 0, derTags.oid))
  if (kind === oids.data) return childrenOf(readDer(dataOf(info)))
  if (kind !== oids.encryptedData) return []
  const encrypted = childAt(
    childAt(childAt(info, 1, derTags.context0), 0, derTags.sequence),
    1,
    derTags.sequence,
  )
  const [, algorithm, content] = childrenOf(encrypted)
  if (algorithm === undefined || content === undefined) return []
  return childrenOf(readDer(decrypt(algorithm, octetsOf(content), password)))
}

/** `[0] IMPLICIT OCTET STRING`, in one piece or several. */
function octetsOf(value: DerValue): Buffer {
  return value.tag === 0x80 ? value.content : Buffer.concat(childrenOf(value).map(({ content }) => content))
}

function keyOf(bag: DerValue, password: string): KeyObject | undefined {
  const kind = oidOf(childAt(bag, 0, derTags.oid))
  if (kind !== oids.keyBag && kind !== oids.shroudedKeyBag) return undefined
  const content = childAt(childAt(bag, 1, derTags.context0), 0, derTags.sequence)
  if (kind === oids.keyBag) return createPrivateKey({ key: content.whole, format: 'der', type: 'pkcs8' })
  const algorithm = childAt(content, 0, derTags.sequence)
  const plain = decrypt(algorithm, childAt(content, 1, derTags.octets).content, password)
  return createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' })
}

function certificateOf(bag: DerValue): X509Certificate | undefined {
  if (oidOf(childAt(bag, 0, derTags.oid)) !== oids.certBag) return undefined
  const content = childAt(childAt(bag, 1, derTags.context0), 0, derTags.sequence)
  if (oidOf(childAt(content, 0, derTags.oid)) !== oids.x509) return undefined
  return new X509Certificate(childAt(childAt(content, 1, derTags.context0), 0, derTags.octets).content)
}

/** The certificate of the key, then each one's signer, as far as there are any: bags have no order. */
function chainOf(certificates: readonly X509Certificate[], key: KeyObject): readonly X509Certificate[] {
  const rest = new Set(certificates)
  const chain: X509Certificate[] = []
  for (let next = certificates.find((one) => one.checkPrivateKey(key)); next !== undefined; ) {
    const last: X509Certificate = next
    rest.delete(last)
    chain.push(last)
    next = [...rest].find((one) => last.checkIssued(one))
  }
  return chain
}
