import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto'
import type { CaMaterial, CertificateMaterial, RevocationMaterial } from '../../src/model/material.ts'
import type { Certificate } from '../../src/model/tls.ts'
import {
  bitString,
  integer,
  octetString,
  oid,
  pem,
  sequence,
  setOf,
  tagged,
  time,
  tlv,
  utf8,
  yes,
} from './der.ts'

export type KeyType = 'ecdsa' | 'rsa' | 'ed25519'

/** What a certificate says; whatever is left out is what a good one has. */
export interface CertificateWish {
  /** Common name; `""` leaves the subject empty. */
  readonly name?: string
  /** More of the subject, in order, by OID: `['2.5.4.10', 'Shop, Inc']`. */
  readonly subject?: readonly (readonly [oid: string, value: string])[]
  /** `DNS:a.test`, `URI:spiffe://a/b`, `email:x@a.test`, `IP:127.0.0.1`. */
  readonly altNames?: readonly string[]
  readonly keyType?: KeyType
  readonly usage?: 'server' | 'client' | 'none'
  readonly isCa?: boolean
  readonly notBefore?: Date
  readonly notAfter?: Date
}

/** A certificate that tests made, with its key. */
export interface MadeCertificate {
  readonly pem: string
  readonly keyPem: string
  readonly der: Buffer
  readonly key: KeyObject
  /** The name part of the subject, as issued certificates repeat it. */
  readonly subject: Buffer
  readonly serial: bigint
  readonly keyType: KeyType
  readonly notBefore: Date
  readonly notAfter: Date
  /** DNS names and addresses of its altNames. */
  readonly names: readonly string[]
}

const day = 86_400_000
let nextSerial = 0x1000n
const keys: Partial<Record<KeyType, KeyObject[]>> = {}
let dealt = 0

/** A self-signed authority. */
export function makeCa(name = 'Test CA', wish: CertificateWish = {}): MadeCertificate {
  return make({ name, isCa: true, usage: 'none', ...wish }, undefined)
}

/** A certificate for servers named `altNames`, or whatever else is wished, by an authority; `undefined` is self-signed. */
export function issue(by: MadeCertificate | undefined, wish: CertificateWish): MadeCertificate {
  return make(wish, by)
}

/** A server's certificate with these DNS names. */
export function serverCertificate(
  by: MadeCertificate,
  names: readonly string[],
  keyType: KeyType = 'ecdsa',
): MadeCertificate {
  return issue(by, { name: names[0] ?? '', altNames: names.map((name) => `DNS:${name}`), keyType })
}

/** The PEM of an authority's list of what it revoked. */
export function revocationList(by: MadeCertificate, revoked: readonly MadeCertificate[]): string {
  const entries = revoked.map(({ serial }) => sequence(integer(serial), time(new Date(Date.now() - day))))
  const list = sequence(
    integer(1n),
    signatureAlgorithm(by.keyType),
    by.subject,
    time(new Date(Date.now() - day)),
    time(new Date(Date.now() + 30 * day)),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    tagged(0, sequence(extension('2.5.29.20', integer(1n)))),
  )
  return pem('X509 CRL', signed(list, by))
}

/** The model's view of a certificate and the material it names; `chain` follows it. */
export function certificateOf(
  made: MadeCertificate,
  chain: readonly MadeCertificate[] = [],
): { readonly certificate: Certificate; readonly material: CertificateMaterial } {
  const text = [made, ...chain].map((one) => one.pem).join('')
  const id = hashOf(text)
  return {
    certificate: {
      material: id,
      origin: { source: 'builtin', file: '', line: 0, column: 0, field: '' },
      names: made.names,
      keyType: made.keyType,
      serial: made.serial.toString(16),
      fingerprint: createHash('sha256').update(made.der).digest('hex'),
      notBefore: made.notBefore.getTime(),
      notAfter: made.notAfter.getTime(),
      file: 'test.crt',
    },
    material: { kind: 'certificate', id, certificate: text, key: made.keyPem },
  }
}

export function caMaterial(...authorities: readonly MadeCertificate[]): CaMaterial {
  const certificates = authorities.map((one) => one.pem).join('')
  return { kind: 'ca', id: hashOf(certificates), certificates }
}

export function crlMaterial(...lists: readonly string[]): RevocationMaterial {
  return { kind: 'crl', id: hashOf(lists.join('')), lists: lists.join('') }
}

function make(wish: CertificateWish, by: MadeCertificate | undefined): MadeCertificate {
  const keyType = wish.keyType ?? 'ecdsa'
  const key = keyOf(keyType)
  const subject = nameOf(wish)
  const serial = nextSerial++
  const notBefore = wish.notBefore ?? new Date(Date.now() - day)
  const notAfter = wish.notAfter ?? new Date(Date.now() + 90 * day)
  const signer = by ?? { key, keyType, subject }
  const content = sequence(
    tagged(0, integer(2n)),
    integer(serial),
    signatureAlgorithm(signer.keyType),
    signer.subject,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey(key),
    tagged(3, sequence(...extensions(wish, key, signer.key))),
  )
  const der = signed(content, signer)
  return {
    pem: pem('CERTIFICATE', der),
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }),
    der,
    key,
    subject,
    serial,
    keyType,
    notBefore,
    notAfter,
    names: (wish.altNames ?? [])
      .filter((name) => /^(DNS|IP):/.test(name))
      .map((name) => name.replace(/^\w+:/, '')),
  }
}

/** Keys are dealt again and again: making RSA keys takes long, and no test asks for secrecy. */
function keyOf(type: KeyType): KeyObject {
  const most = type === 'rsa' ? 2 : 8
  const made = (keys[type] ??= [])
  if (made.length < most) made.push(newKey(type))
  return made[dealt++ % made.length] as KeyObject
}

function newKey(type: KeyType): KeyObject {
  switch (type) {
    case 'ecdsa':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey
  }
}

function nameOf(wish: CertificateWish): Buffer {
  const parts: (readonly [string, string])[] = [...(wish.subject ?? [])]
  if ((wish.name ?? '') !== '') parts.push(['2.5.4.3', wish.name ?? ''])
  return sequence(...parts.map(([id, value]) => setOf(sequence(oid(id), utf8(value)))))
}

function extensions(wish: CertificateWish, key: KeyObject, signer: KeyObject): Buffer[] {
  const found = [
    extension('2.5.29.14', octetString(keyId(key))),
    extension('2.5.29.35', sequence(tlv(0x80, keyId(signer)))),
  ]
  if (wish.isCa === true) {
    found.push(extension('2.5.29.19', sequence(yes()), 'critical'))
    // keyCertSign and cRLSign
    found.push(extension('2.5.29.15', bitString(Buffer.from([0x06]), 1), 'critical'))
  }
  const usage = wish.usage ?? 'server'
  if (usage !== 'none') {
    found.push(extension('2.5.29.37', sequence(oid(`1.3.6.1.5.5.7.3.${usage === 'server' ? 1 : 2}`))))
  }
  if (wish.altNames !== undefined && wish.altNames.length > 0) {
    found.push(extension('2.5.29.17', sequence(...wish.altNames.map(generalName))))
  }
  return found
}

function generalName(name: string): Buffer {
  const at = name.indexOf(':')
  const value = name.slice(at + 1)
  switch (name.slice(0, at)) {
    case 'email':
      return tlv(0x81, Buffer.from(value, 'latin1'))
    case 'URI':
      return tlv(0x86, Buffer.from(value, 'latin1'))
    case 'IP':
      return tlv(0x87, Buffer.from(value.split('.').map(Number)))
    default:
      return tlv(0x82, Buffer.from(value, 'latin1'))
  }
}

function extension(id: string, value: Buffer, critical?: 'critical'): Buffer {
  return sequence(oid(id), ...(critical === undefined ? [] : [yes()]), octetString(value))
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1').update(publicKey(key)).digest()
}

function publicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' })
}

function signatureAlgorithm(type: KeyType): Buffer {
  switch (type) {
    case 'ecdsa':
      return sequence(oid('1.2.840.10045.4.3.2'))
    case 'rsa':
      return sequence(oid('1.2.840.113549.1.1.11'), tlv(0x05))
    case 'ed25519':
      return sequence(oid('1.3.101.112'))
  }
}

function signed(content: Buffer, by: Pick<MadeCertificate, 'key' | 'keyType'>): Buffer {
  const signature = sign(by.keyType === 'ed25519' ? null : 'sha256', content, by.key)
  return sequence(content, signatureAlgorithm(by.keyType), bitString(signature))
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** What Node reads in a certificate, for asserting. */
export function read(made: MadeCertificate): X509Certificate {
  return new X509Certificate(made.pem)
}
