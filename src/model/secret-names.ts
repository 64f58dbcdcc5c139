const secretName =
  /token|secret|passw|credential|authorization|cookie|session|signature|api[-_]?key|private[-_]?key|^(?:key|sig|jwt|auth)$/i

/** Whether a field, header or query key is named like one whose value nobody is to read in a log or dump. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}
