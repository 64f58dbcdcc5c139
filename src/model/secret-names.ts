const secretName =
  /token|secret|passw|credential|authorization|cookie|session|signature|api[-_]?key|private[-_]?key|^(?:key|sig|jwt|auth)$/i

const hash = /\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2[a-z]*)\$|\{S?SHA\}|\b[0-9a-f]{64}\b/i

/** Whether text holds a hash of a password, or a SHA-256: lines of credentials, in a place where they do not belong. */
export function holdsHash(text: string): boolean {
  return hash.test(text)
}

/** Whether a field, header or query key is named like one whose value nobody is to read in a log or dump. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}
