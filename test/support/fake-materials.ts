import { join } from 'node:path'
import { fingerprint } from '../../src/model/hash.ts'
import type { ApiKeyMaterial, UserMaterial } from '../../src/model/material.ts'
import type {
  CertificateFiles,
  CertificateRead,
  CertificateText,
  MaterialFlaw,
  MaterialSource,
  PlacedText,
  Read,
} from '../../src/translate/material-source.ts'

/**
 * Files of certificates that exist by their names alone, for translations that are about what is written: whatever begins with
 * `absent` is not there, a key `other.key` belongs to no certificate, a certificate is for the name of its file.
 */
export class FakeMaterials implements MaterialSource {
  certificate(files: CertificateFiles): Read<CertificateRead> {
    const file = files.kind === 'pem' ? files.cert : files.file
    if (file.includes('absent')) return absent(file)
    if (files.kind === 'pem' && files.key === 'other.key') {
      const message = `file "${files.key}" is not the key of the certificate in "${file}"`
      return { kind: 'flawed', flaw: { file: files.key, message, remedy: 'name the key that belongs to it' } }
    }
    const id = fingerprint({ ...files, password: files.password?.reveal() })
    const certificate = `certificate of ${file}`
    const facts = {
      material: id,
      names: [`${file.replace(/^.*\//, '').replace(/\..*$/, '')}.test`],
      keyType: file.includes('rsa') ? ('rsa' as const) : ('ecdsa' as const),
      serial: '01',
      fingerprint: 'ab'.repeat(32),
      notBefore: 0,
      notAfter: 4_102_444_800_000,
      file,
    }
    const material = { kind: 'certificate' as const, id, certificate, key: `key of ${file}` }
    return { kind: 'read', value: { material, facts }, warnings: [] }
  }

  ca(file: string) {
    if (file.includes('absent')) return absent(file)
    return read({ kind: 'ca' as const, id: fingerprint(file), certificates: file })
  }

  crl(file: string) {
    if (file.includes('absent')) return absent(file)
    return read({ kind: 'crl' as const, id: fingerprint(file), lists: file })
  }

  ticketKeys(file: string) {
    if (file.includes('absent')) return absent(file)
    return read({ kind: 'ticket-keys' as const, id: fingerprint(file), keys: [] })
  }

  users(file: string) {
    if (file.includes('absent')) return absent(file)
    return this.usersText({ place: file, text: file })
  }

  apiKeys(file: string) {
    if (file.includes('absent')) return absent(file)
    return this.apiKeysText({ place: file, text: file })
  }

  usersText({ place, text }: PlacedText): Read<UserMaterial> {
    if (text === 'broken')
      return brokenText(place, 'has in line 1 a hash that is none: it looks like plain text')
    return read({ kind: 'users', id: fingerprint(['users', text]), users: [['alice', text]] })
  }

  apiKeysText({ text }: PlacedText): Read<ApiKeyMaterial> {
    return read({ kind: 'api-keys', id: fingerprint(['api-keys', text]), keys: [[text, 'alice']] })
  }

  extension(name: string, folder: string) {
    const file = join('/etc/tidegate', folder, name)
    if (name.includes('absent')) return absent(file)
    return read({ file, digest: fingerprint(['extension', file]) })
  }

  text(file: string) {
    if (file.includes('absent')) return absent(file)
    return read({ kind: 'text' as const, id: fingerprint(['text', file]), text: `text of ${file}` })
  }

  /** For the names in the text, apart by spaces: `rsa a.test *.b.test`; `broken` is none, and `other` no key of it. */
  certificateText({ place, certificate, key }: CertificateText): Read<CertificateRead> {
    if (certificate === 'broken') return brokenText(place, 'holds no certificate in PEM')
    if (key.reveal() === 'other') return brokenText(place, 'is not the key of its certificate')
    const [first = '', ...rest] = certificate.split(' ')
    const isRsa = first === 'rsa'
    const id = fingerprint([certificate, key.reveal()])
    const facts = {
      material: id,
      names: isRsa ? rest : [first, ...rest],
      keyType: isRsa ? ('rsa' as const) : ('ecdsa' as const),
      serial: '01',
      fingerprint: 'ab'.repeat(32),
      notBefore: 0,
      notAfter: 4_102_444_800_000,
      file: place,
    }
    return read({ material: { kind: 'certificate' as const, id, certificate, key: key.reveal() }, facts })
  }

  caText({ place, text }: PlacedText) {
    if (text === 'broken') return brokenText(place, 'holds no certificate in PEM')
    return read({ kind: 'ca' as const, id: fingerprint(['ca', text]), certificates: text })
  }

  crlText({ place, text }: PlacedText) {
    if (text === 'broken') return brokenText(place, 'holds no revocation list in PEM')
    return read({ kind: 'crl' as const, id: fingerprint(['crl', text]), lists: text })
  }

  isCipher(name: string): boolean {
    return name !== 'ROT13'
  }

  isCurve(name: string): boolean {
    return name !== 'P-1'
  }
}

function read<T>(value: T): Read<T> {
  return { kind: 'read', value, warnings: [] }
}

function absent(file: string): {
  readonly kind: 'flawed'
  readonly flaw: { file: string; message: string; remedy: string }
} {
  const flaw = {
    file,
    message: `file "${file}" cannot be read: it does not exist`,
    remedy: 'create it, or name another path',
  }
  return { kind: 'flawed', flaw }
}

function brokenText(place: string, what: string): { readonly kind: 'flawed'; readonly flaw: MaterialFlaw } {
  const message = `secret "${place.replace('Secret ', '')}" ${what}`
  return { kind: 'flawed', flaw: { file: place, message, remedy: 'put the right one there' } }
}
