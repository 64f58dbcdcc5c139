import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Secret } from '../model/secret.ts'
import type {
  CertificateFiles,
  CertificateRead,
  CertificateText,
  MaterialFlaw,
  Read,
} from '../translate/material-source.ts'
import { checked } from './certificate-facts.ts'
import { flaw, flawed, pemBlocks, pemRemedy, readMaterial } from './material-text.ts'
import { readPkcs12 } from './pkcs12.ts'

/** Reads a certificate with its chain and key, and checks that they belong together. */
export function readCertificate(files: CertificateFiles): Read<CertificateRead> {
  return files.kind === 'pem' ? readPair(files) : readContainer(files)
}

function readPair({ cert, key, password }: CertificateFiles & { kind: 'pem' }): Read<CertificateRead> {
  const bytes = readMaterial(cert)
  if (!Buffer.isBuffer(bytes)) return flawed(bytes)
  const chain = parseChain(cert, bytes)
  if (!Array.isArray(chain)) return flawed(chain)
  const keyBytes = key === cert ? bytes : readMaterial(key)
  if (!Buffer.isBuffer(keyBytes)) return flawed(keyBytes)
  const parsed = parseKey(key, keyBytes, password)
  return 'message' in parsed ? flawed(parsed) : checked({ file: cert, keyFile: key, chain, key: parsed })
}

/** Reads a certificate with its chain and key from text. A key that is encrypted is refused: there is no place for its password. */
export function readCertificateText({ place, certificate, key }: CertificateText): Read<CertificateRead> {
  const chain = parseChain(place, Buffer.from(certificate))
  if (!Array.isArray(chain)) return flawed(chain)
  const text = key.reveal()
  if (isEncrypted(text))
    return flawed(flaw(place, 'has a key that is encrypted', 'put the key there as "openssl pkey" prints it'))
  const parsed = parseKey(place, Buffer.from(text), undefined)
  return 'message' in parsed ? flawed(parsed) : checked({ file: place, keyFile: place, chain, key: parsed })
}

function isEncrypted(key: string): boolean {
  return /-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(key)
}

/** The certificates of a PEM file, in order. */
function parseChain(file: string, bytes: Buffer): X509Certificate[] | MaterialFlaw {
  const blocks = pemBlocks(bytes.toString('latin1'), '(?:TRUSTED |X509 )?CERTIFICATE')
  if (blocks.length === 0)
    return flaw(file, 'holds no certificate in PEM', pemRemedy(bytes, '"openssl x509 -inform der"'))
  const chain: X509Certificate[] = []
  for (const [index, block] of blocks.entries()) {
    try {
      chain.push(new X509Certificate(block))
    } catch {
      return flaw(file, `has a certificate that is damaged, in place ${index + 1}`, 'write it again')
    }
  }
  return chain
}

function parseKey(file: string, bytes: Buffer, password: Secret | undefined): KeyObject | MaterialFlaw {
  const text = bytes.toString('latin1')
  const [block] = pemBlocksOfKeys(text)
  if (block === undefined)
    return flaw(file, 'holds no private key in PEM', pemRemedy(bytes, '"openssl pkey -inform der"'))
  const isClosed = isEncrypted(block)
  if (isClosed && password === undefined)
    return flaw(file, 'is encrypted', 'add "password: file:PATH" or "password: ${VARIABLE}"')
  try {
    return createPrivateKey({
      key: block,
      ...(password === undefined ? {} : { passphrase: password.reveal() }),
    })
  } catch {
    if (isClosed) return flaw(file, 'is not opened by its password', 'correct the password')
    return flaw(file, 'holds a private key that is damaged', 'write it again')
  }
}

function pemBlocksOfKeys(text: string): readonly string[] {
  return (
    text.match(/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[^]*?-----END (?:[A-Z]+ )*PRIVATE KEY-----/g) ?? []
  )
}

function readContainer({ file, password }: CertificateFiles & { kind: 'pkcs12' }): Read<CertificateRead> {
  const bytes = readMaterial(file)
  if (!Buffer.isBuffer(bytes)) return flawed(bytes)
  const content = readPkcs12(bytes, password?.reveal() ?? '')
  switch (content.kind) {
    case 'opened':
      return checked({ file, keyFile: file, chain: content.chain, key: content.key })
    case 'refused': {
      const isBare = password === undefined && content.why === 'password'
      if (isBare)
        return flawed(flaw(file, 'is encrypted', 'add "password: file:PATH" or "password: ${VARIABLE}"'))
      const [what, remedy] = refusals[content.why]
      return flawed(flaw(file, what, remedy))
    }
  }
}

const rewrite = '"openssl pkcs12 -in OLD -legacy -nodes | openssl pkcs12 -export -out NEW"'
const refusals = {
  password: ['is not opened by its password', 'correct the password'],
  damaged: ['is not a file of PKCS#12, or damaged', 'write it again'],
  outdated: ['is encrypted with a method of the nineties', `write it anew: ${rewrite}`],
  'no key': ['holds no private key', 'export it with its key'],
  'no certificate': ['holds no certificate of its key', 'export it with its certificate'],
} as const
