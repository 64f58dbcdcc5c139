import { hash } from 'node:crypto'

/** A short fingerprint of a JSON-able value: 96 bits of SHA-256 over its JSON, so objects must have their keys in one order. */
export function fingerprint(value: unknown): string {
  return fingerprintText(JSON.stringify(value))
}

/** The fingerprint of a text. */
export function fingerprintText(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 16)
}
