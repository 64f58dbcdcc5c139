import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCa, serverCertificate } from '../../support/certificates.ts'
import { folder } from './children.ts'

/** Paths of one certificate for `bench.test`, ECDSA P-256, and its key. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

let made: CertificateFiles | undefined

/** The certificate that all contenders show. */
export function certificateFiles(): CertificateFiles {
  if (made !== undefined) return made
  const leaf = serverCertificate(makeCa(), ['bench.test'])
  made = { cert: join(folder, 'bench.crt'), key: join(folder, 'bench.key') }
  writeFileSync(made.cert, leaf.pem)
  writeFileSync(made.key, leaf.keyPem)
  return made
}
