import { dirname, join } from 'node:path/posix'
import type { Material, MaterialId, TextMaterial } from '../../model/material.ts'
import type { Origin } from '../../model/origin.ts'
import type { Problem } from '../../model/problem.ts'
import type { SecretReference } from '../../model/secret.ts'
import { resolveSecret, type Secret } from '../../model/secret.ts'
import type { Certificate } from '../../model/tls.ts'
import type { Locate } from '../../model/validate.ts'
import { quoted } from '../../std/quoted.ts'
import type {
  CertificateFiles,
  ExtensionFile,
  MaterialFlaw,
  MaterialSource,
  PlacedText,
  Read,
} from '../material-source.ts'
import type { NativeCertificate } from '../schema/tls-policy.ts'
import type { Surroundings } from '../surroundings.ts'

/** A place that names files: the piece of configuration, and the key in it. */
export interface Place {
  readonly piece: Origin
  readonly field: string
}

/** Reads what pieces of configuration name, and collects it with what is wrong with it. One per translation. */
export class Materials {
  readonly problems: Problem[] = []
  readonly #read = new Map<MaterialId, Material>()
  readonly #surroundings: Surroundings
  readonly #locate: Locate

  constructor(surroundings: Surroundings, locate: Locate) {
    this.#surroundings = surroundings
    this.#locate = locate
  }

  /** Everything that was read. */
  all(): readonly Material[] {
    return [...this.#read.values()]
  }

  /** `undefined`, with a problem, when it cannot be used. */
  certificate(native: NativeCertificate, place: Place): Certificate | undefined {
    const written = native.pkcs12 ?? native.cert ?? ''
    const password = native.password === undefined ? undefined : this.#password(native.password, place)
    if (password === 'missing') return undefined
    const files = filesOf(native, place.piece.file, password)
    const names = [native.cert, native.key, native.pkcs12]
    const read = this.#take(place, names, (source) => source.certificate(files))
    if (read === undefined) return undefined
    this.#read.set(read.material.id, read.material)
    return { ...read.facts, origin: this.#locate(place.piece, place.field, written) }
  }

  ca(path: string | undefined, place: Place): MaterialId | undefined {
    return this.#file(path, place, (source, file) => source.ca(file))
  }

  crl(path: string | undefined, place: Place): MaterialId | undefined {
    return this.#file(path, place, (source, file) => source.crl(file))
  }

  ticketKeys(path: string | undefined, place: Place): MaterialId | undefined {
    return this.#file(path, place, (source, file) => source.ticketKeys(file))
  }

  /** Users of a file, or of a list of its lines. */
  users(written: string | readonly string[], place: Place): MaterialId | undefined {
    if (typeof written === 'string') return this.#file(written, place, (source, file) => source.users(file))
    return this.#list(written, place, (source, text) => source.usersText(text))
  }

  /** The same of keys. */
  apiKeys(written: string | readonly string[], place: Place): MaterialId | undefined {
    if (typeof written === 'string') return this.#file(written, place, (source, file) => source.apiKeys(file))
    return this.#list(written, place, (source, text) => source.apiKeysText(text))
  }

  /** The module of an extension. */
  extension(name: string, place: Place): ExtensionFile | undefined {
    return this.#take(place, [name], (source) => source.extension(name, dirname(place.piece.file)))
  }

  /** What a file holds that a filter names; `undefined`, with a problem, when it cannot be read. */
  text(path: string, place: Place): TextMaterial | undefined {
    const file = besides(place.piece.file, path)
    const material = this.#take(place, [path], (source) => source.text(file))
    if (material !== undefined) this.#read.set(material.id, material)
    return material
  }

  /** Reports what is wrong with what a file holds. @param path as it was written. */
  refuse(place: Place, path: string, what: string, remedy: string): void {
    this.#refuse(place, path, `file ${quoted(path)} ${what}`, remedy)
  }

  /** Reports names of ciphers and groups that the TLS library does not have. */
  checkNames(ciphers: readonly string[], curves: readonly string[], place: Place): void {
    const source = this.#surroundings.materials
    if (source === undefined) return
    for (const name of ciphers) {
      if (!source.isCipher(name))
        this.#refuse(
          place,
          name,
          `cipher ${quoted(name)} is unknown`,
          'see "openssl ciphers -v", and write its name',
        )
    }
    for (const name of curves) {
      if (!source.isCurve(name))
        this.#refuse(
          place,
          name,
          `group ${quoted(name)} is unknown`,
          'write one such as "X25519", "P-256" or "P-384"',
        )
    }
  }

  /** A host's version beside one of its listener that it left out. */
  refuseVersions(minVersion: string, place: Place): void {
    const message = `minVersion ${quoted(minVersion)} is newer than the "maxVersion" of the listener`
    this.#refuse(place, minVersion, message, 'add "maxVersion" here')
  }

  #file(
    path: string | undefined,
    place: Place,
    read: (source: MaterialSource, file: string) => Read<Material>,
  ): MaterialId | undefined {
    if (path === undefined) return undefined
    const file = besides(place.piece.file, path)
    const material = this.#take(place, [path], (source) => read(source, file))
    if (material !== undefined) this.#read.set(material.id, material)
    return material?.id
  }

  #list(
    lines: readonly string[],
    place: Place,
    read: (source: MaterialSource, text: PlacedText) => Read<Material>,
  ): MaterialId | undefined {
    const text = { place: '', text: lines.join('\n') }
    const material = this.#take(place, [''], (source) => read(source, text))
    if (material !== undefined) this.#read.set(material.id, material)
    return material?.id
  }

  #take<T>(
    place: Place,
    written: readonly (string | undefined)[],
    read: (source: MaterialSource) => Read<T>,
  ): T | undefined {
    const source = this.#surroundings.materials
    const [first = ''] = written.filter((path) => path !== undefined)
    if (source === undefined) {
      this.#refuse(
        place,
        first,
        `file ${quoted(first)} cannot be read here`,
        'name it where files can be read',
      )
      return undefined
    }
    const result = read(source)
    const flaws = result.kind === 'flawed' ? [result.flaw] : result.warnings
    for (const flaw of flaws) this.#tell(place, written, flaw, result.kind === 'flawed' ? 'error' : 'warning')
    return result.kind === 'flawed' ? undefined : result.value
  }

  /** Shows a flaw at the path that was written for its file. */
  #tell(
    place: Place,
    written: readonly (string | undefined)[],
    flaw: MaterialFlaw,
    severity: Problem['severity'],
  ): void {
    const { piece, field } = place
    const named = written.filter((one) => one !== undefined)
    const path = named.find((one) => besides(piece.file, one) === flaw.file) ?? named[0] ?? ''
    const { message, remedy } = flaw
    this.problems.push({ severity, origin: this.#locate(piece, field, path), message, remedy })
  }

  #password(reference: SecretReference, { piece, field }: Place): Secret | undefined | 'missing' {
    const resolved =
      reference.kind === 'env' ? reference : { ...reference, path: besides(piece.file, reference.path) }
    const secret = resolveSecret(resolved, this.#surroundings)
    if (secret !== undefined) return secret
    if (reference.kind === 'env') {
      const message = `password names the variable ${reference.name}, which is empty or not there`
      this.#refuse(
        { piece, field },
        `\${${reference.name}}`,
        message,
        `set ${reference.name} where the gateway starts`,
      )
    } else {
      const message = `password names the file ${quoted(reference.path)}, which is empty or not there`
      this.#refuse(
        { piece, field },
        `file:${reference.path}`,
        message,
        'put the password there, readable for the gateway',
      )
    }
    return 'missing'
  }

  #refuse({ piece, field }: Place, value: string, message: string, remedy: string): void {
    this.problems.push({ severity: 'error', origin: this.#locate(piece, field, value), message, remedy })
  }
}

function filesOf(
  { cert, key, pkcs12 }: NativeCertificate,
  config: string,
  password: Secret | undefined,
): CertificateFiles {
  if (pkcs12 !== undefined) return { kind: 'pkcs12', file: besides(config, pkcs12), password }
  return { kind: 'pem', cert: besides(config, cert ?? ''), key: besides(config, key ?? ''), password }
}

/** Relative paths begin at the folder of the configuration file. */
function besides(config: string, path: string): string {
  return path.startsWith('/') ? path : join(dirname(config), path)
}
