import { Flaw, type Format } from './flaw.ts'

/** The SHA-256 of a certificate, as `openssl x509 -fingerprint -sha256` prints it or without colons; 64 digits, lower case. */
export const certificateFingerprint: Format<string> = {
  noun: 'a fingerprint of a certificate',
  example: '64 hexadecimal digits of its SHA-256, with colons or without',
  pattern: '^([0-9A-Fa-f]{2}:?){32}$',
  read(text) {
    const digits = text.replaceAll(':', '').toLowerCase()
    if (/^[0-9a-f]{64}$/.test(digits)) return digits
    return /^[0-9a-f]{40}$/.test(digits)
      ? new Flaw('is a SHA-1, for which certificates can be made', `write ${this.example}`)
      : new Flaw('is not a fingerprint of a certificate', `write ${this.example}`)
  },
}

/** A common name, as text: `"joe"`. */
export const commonName: Format<string> = {
  noun: 'a common name',
  example: 'the name without "CN=", at most 256 characters, such as "joe"',
  pattern: undefined,
  read(text) {
    if (/^CN=/i.test(text)) return new Flaw('has "CN=" before it', `write "${text.slice(3)}"`)
    return /^\P{Cc}{1,256}$/u.test(text) ? text : new Flaw('is not a common name', `write ${this.example}`)
  },
}
