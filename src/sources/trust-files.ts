import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { CaMaterial, RevocationMaterial, TextMaterial, TicketKeyMaterial } from '../model/material.ts'
import type { Read } from '../translate/material-source.ts'
import { contentId } from './certificate-facts.ts'
import { flaw, flawed, pemBlocks, pemRemedy, read, readMaterial } from './material-text.ts'

/** Reads a bundle of authorities. Each has to be readable: one that is left out silently would be missed at midnight. */
export function readCa(file: string): Read<CaMaterial> {
  const bytes = readMaterial(file)
  return Buffer.isBuffer(bytes) ? parseCa(file, bytes) : flawed(bytes)
}

/** The authorities in the bytes of a file, or of what else `file` names. */
export function parseCa(file: string, bytes: Buffer): Read<CaMaterial> {
  const blocks = pemBlocks(bytes.toString('latin1'), '(?:TRUSTED |X509 )?CERTIFICATE')
  if (blocks.length === 0)
    return flawed(flaw(file, 'holds no certificate in PEM', pemRemedy(bytes, '"openssl x509 -inform der"')))
  const parsed: string[] = []
  for (const [index, block] of blocks.entries()) {
    try {
      parsed.push(new X509Certificate(block).toString())
    } catch {
      return flawed(flaw(file, `has a certificate that is damaged, in place ${index + 1}`, 'write it again'))
    }
  }
  const certificates = parsed.join('')
  return read({ kind: 'ca', id: contentId('ca', certificates), certificates })
}

/** Reads lists of revoked certificates. */
export function readCrl(file: string): Read<RevocationMaterial> {
  const bytes = readMaterial(file)
  return Buffer.isBuffer(bytes) ? parseCrl(file, bytes) : flawed(bytes)
}

/** The lists in the bytes of a file, or of what else `file` names. */
export function parseCrl(file: string, bytes: Buffer): Read<RevocationMaterial> {
  const blocks = pemBlocks(bytes.toString('latin1'), 'X509 CRL')
  if (blocks.length === 0)
    return flawed(
      flaw(file, 'holds no revocation list in PEM', pemRemedy(bytes, '"openssl crl -inform der"')),
    )
  try {
    createSecureContext({ crl: [...blocks] })
  } catch {
    return flawed(flaw(file, 'has a revocation list that is damaged', 'write it again'))
  }
  const lists = blocks.join('')
  return read({ kind: 'crl', id: contentId('crl', lists), lists })
}

/** Reads any file, as it is. */
export function readText(file: string): Read<TextMaterial> {
  const bytes = readMaterial(file)
  if (!Buffer.isBuffer(bytes)) return flawed(bytes)
  const text = bytes.toString('latin1')
  return read({ kind: 'text', id: contentId('text', text), text })
}

/** What Node wants for a key of session tickets: a name, a key for the MAC and one for the encryption. */
const ticketKeyBytes = 48
/** A file that is kept as it grows would make every handshake of an old ticket slower. */
const mostTicketKeys = 16

/** Reads keys of session tickets: 48 bytes as they are, or lines of 48 bytes in base64, the first of which encrypts. */
export function readTicketKeys(file: string): Read<TicketKeyMaterial> {
  const bytes = readMaterial(file)
  if (!Buffer.isBuffer(bytes)) return flawed(bytes)
  const keys = bytes.length === ticketKeyBytes ? [bytes.toString('base64')] : linesOf(bytes)
  if (keys === undefined) {
    const remedy = 'make one with "openssl rand 48 > FILE", or lines with "openssl rand -base64 48"'
    return flawed(flaw(file, 'holds neither 48 bytes nor lines of 48 bytes in base64', remedy))
  }
  if (keys.length > mostTicketKeys)
    return flawed(
      flaw(file, `holds ${keys.length} keys`, `keep the newest ${mostTicketKeys}, the newest first`),
    )
  return read({ kind: 'ticket-keys', id: contentId('ticket-keys', ...keys), keys })
}

function linesOf(bytes: Buffer): readonly string[] | undefined {
  const lines = bytes
    .toString('latin1')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const isKey = (line: string) =>
    /^[A-Za-z0-9+/]{64}$/.test(line) && Buffer.from(line, 'base64').length === ticketKeyBytes
  return lines.length > 0 && lines.every(isKey) ? lines : undefined
}
