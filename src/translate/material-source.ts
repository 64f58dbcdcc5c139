import type { ExtensionModule } from '../model/filters/extension.ts'
import type {
  ApiKeyMaterial,
  CaMaterial,
  CertificateMaterial,
  RevocationMaterial,
  TextMaterial,
  TicketKeyMaterial,
  UserMaterial,
} from '../model/material.ts'
import type { Secret } from '../model/secret.ts'
import type { Certificate } from '../model/tls.ts'

/** What is wrong with a file, or with what is in it; the translator adds where it is named. */
export interface MaterialFlaw {
  /** The file to show it at: one of those that were named. */
  readonly file: string
  /** A sentence that names the file: `file "a.key" is not the key of "a.crt"`. */
  readonly message: string
  readonly remedy: string
}

/** What a file holds; `warnings` when it can be used and something is odd, or when it cannot and what it held before is used. */
export type Read<T> =
  | { readonly kind: 'read'; readonly value: T; readonly warnings: readonly MaterialFlaw[] }
  | { readonly kind: 'flawed'; readonly flaw: MaterialFlaw }

/** Where a certificate and its key are. */
export type CertificateFiles =
  | {
      readonly kind: 'pem'
      readonly cert: string
      readonly key: string
      readonly password: Secret | undefined
    }
  | { readonly kind: 'pkcs12'; readonly file: string; readonly password: Secret | undefined }

/** A certificate that was read: what nobody may see, and what everybody may. */
export interface CertificateRead {
  readonly material: CertificateMaterial
  readonly facts: Omit<Certificate, 'origin'>
}

/** A certificate and its key as text. `place` says where it stands, for messages: `Secret shop/web-tls`. */
export interface CertificateText {
  readonly place: string
  readonly certificate: string
  readonly key: Secret
}

/** A module that was found. */
export type ExtensionFile = Pick<ExtensionModule, 'file' | 'digest'>

/** PEM as text, and where it stands. */
export interface PlacedText {
  readonly place: string
  readonly text: string
}

/** Reads and checks the files that TLS needs, blocking. Translation is pure, and is given one. */
export interface MaterialSource {
  certificate(files: CertificateFiles): Read<CertificateRead>
  ca(file: string): Read<CaMaterial>
  crl(file: string): Read<RevocationMaterial>
  ticketKeys(file: string): Read<TicketKeyMaterial>
  /** Any file that is not empty, of at most 1 MiB. */
  text(file: string): Read<TextMaterial>
  users(file: string): Read<UserMaterial>
  apiKeys(file: string): Read<ApiKeyMaterial>
  /** The module of an extension. @param folder of the configuration file that names it. */
  extension(name: string, folder: string): Read<ExtensionFile>
  /** The same of text that is at hand: nothing is remembered of it. */
  certificateText(text: CertificateText): Read<CertificateRead>
  caText(text: PlacedText): Read<CaMaterial>
  crlText(text: PlacedText): Read<RevocationMaterial>
  /** `place` `""` is a list of the configuration itself. */
  usersText(text: PlacedText): Read<UserMaterial>
  apiKeysText(text: PlacedText): Read<ApiKeyMaterial>
  /** Whether the TLS library knows a cipher suite, or a group. */
  isCipher(name: string): boolean
  isCurve(name: string): boolean
}
