import type { ObjectName } from '../../model/kubernetes-settings.ts'
import type { Material } from '../../model/material.ts'
import type { Certificate } from '../../model/tls.ts'
import { quoted } from '../../std/quoted.ts'
import type { MaterialFlaw, MaterialSource, Read } from '../material-source.ts'
import { type ObjectFlaw, refused, warning } from './object-problem.ts'
import type { KubernetesObjects, SecretLookup, SecretObject } from './objects.ts'
import { isShared, notShared } from './secret-sharing.ts'

/** What a Secret holds for TLS or authentication: `undefined` when it cannot be used. `flaws` may stand beside something that can. */
export interface SecretRead<T> {
  readonly value: T | undefined
  readonly flaws: readonly ObjectFlaw[]
}

/** What can be read of a Secret. */
type Part = 'certificate' | 'ca' | 'crl' | 'users' | 'userMap'

const parts: readonly Part[] = ['certificate', 'ca', 'crl', 'users', 'userMap']

/** Users that are gone must not come in any more: of these nothing stays in force. */
const fleeting: ReadonlySet<Part> = new Set(['users', 'userMap'])

/** A value with the materials that have to travel beside it. */
interface Good<T> {
  readonly value: T
  readonly material: Material
}

interface Kept {
  readonly lookup: SecretLookup
  readonly read: SecretRead<unknown>
  /** What it held when it was last good. */
  readonly good: Good<unknown> | undefined
}

/**
 * The Secrets that Ingresses name. What was good before stays in force when a Secret is damaged, deleted or no longer to be read, as
 * long as something names it; but not when it is no longer shared, and not its users.
 */
export class SecretTable {
  readonly #kept = new Map<string, Kept>()
  #used = new Set<string>()
  #objects: KubernetesObjects | undefined
  #materials: MaterialSource | undefined

  /** Begins a translation. */
  begin(objects: KubernetesObjects, materials: MaterialSource): void {
    this.#objects = objects
    this.#materials = materials
    this.#used = new Set()
  }

  /** Forgets what nothing has named since `begin`, and gives the materials of the rest. */
  end(): readonly Material[] {
    const materials = new Map<string, Material>()
    for (const [key, { good }] of this.#kept) {
      if (!this.#used.has(key)) this.#kept.delete(key)
      else if (good !== undefined) materials.set(good.material.id, good.material)
    }
    return [...materials.values()]
  }

  /** The certificate and key of a Secret. @param reader the namespace that names it; `undefined` for the operator. */
  certificate(name: ObjectName, reader: string | undefined): SecretRead<Certificate> {
    return this.#read('certificate', name, reader, (source, secret, place) => {
      const { certificate, key } = secret
      if (certificate === undefined || key === undefined)
        return lacking(place, certificate === undefined ? 'tls.crt' : 'tls.key')
      const read = source.certificateText({ place, certificate, key })
      if (read.kind === 'flawed') return read
      const origin = { source: 'kubernetes', file: place, line: 0, column: 0, field: '' } as const
      const { material, facts } = read.value
      return { ...read, value: { value: { ...facts, origin }, material } }
    })
  }

  /** The authorities of a Secret, and its revocation list, as ids of materials; the list may be missing. */
  authority(name: ObjectName, part: 'ca' | 'crl'): SecretRead<string> {
    return this.#read(part, name, name.namespace, (source, secret, place) => {
      const text = secret[part]
      if (text === undefined) return lacking(place, `ca.${part === 'ca' ? 'crt' : 'crl'}`)
      const read: Read<Material> =
        part === 'ca' ? source.caText({ place, text }) : source.crlText({ place, text })
      return read.kind === 'flawed'
        ? read
        : { ...read, value: { value: read.value.id, material: read.value } }
    })
  }

  /** The users of a Secret, as the id of a material. @param reader the namespace that names it. */
  users(name: ObjectName, form: 'file' | 'map', reader: string): SecretRead<string> {
    const part = form === 'file' ? 'users' : 'userMap'
    return this.#read(part, name, reader, (source, secret, place) => {
      const text = secret[part]?.reveal()
      if (text === undefined) return withoutUsers(place, part)
      const read = source.usersText({ place, text })
      return read.kind === 'flawed'
        ? read
        : { ...read, value: { value: read.value.id, material: read.value } }
    })
  }

  /** Whether a Secret has a revocation list; `false` also when it cannot be told. */
  hasRevocations({ namespace, name }: ObjectName): boolean {
    const lookup = this.#objects?.secret(namespace, name)
    return lookup?.kind === 'found'
      ? lookup.secret.crl !== undefined
      : this.#kept.has(`crl ${namespace}/${name}`)
  }

  /** Keeps what is remembered of a Secret over another translation. */
  touch({ namespace, name }: ObjectName): void {
    for (const part of parts) {
      const key = `${part} ${namespace}/${name}`
      if (this.#kept.has(key)) this.#used.add(key)
    }
  }

  #read<T>(
    part: Part,
    { namespace, name }: ObjectName,
    reader: string | undefined,
    read: (source: MaterialSource, secret: SecretObject, place: string) => Read<Good<T>>,
  ): SecretRead<T> {
    const objects = this.#objects
    const source = this.#materials
    if (objects === undefined || source === undefined) return { value: undefined, flaws: [] }
    const lookup = objects.secret(namespace, name)
    const isOpen =
      reader === undefined ||
      reader === namespace ||
      isShared({ namespace, name }, lookup, reader, objects.grants())
    if (!isOpen) return { value: undefined, flaws: [closed({ part, namespace, name }, reader, lookup)] }
    const key = `${part} ${namespace}/${name}`
    this.#used.add(key)
    const before = this.#kept.get(key)
    if (before !== undefined && sameLookup(before.lookup, lookup)) return before.read as SecretRead<T>
    const good = fleeting.has(part) ? undefined : (before?.good as Good<T> | undefined)
    const kept = judge({ part, namespace, name }, lookup, good, (secret) =>
      read(source, secret, `Secret ${namespace}/${name}`),
    )
    this.#kept.set(key, kept)
    return kept.read as SecretRead<T>
  }
}

function sameLookup(a: SecretLookup, b: SecretLookup): boolean {
  if (a === b) return true
  if (a.kind === 'found' && b.kind === 'found') return a.secret === b.secret
  return a.kind === b.kind && a.kind !== 'found' && JSON.stringify(a) === JSON.stringify(b)
}

/** What is read of a Secret. */
interface Wanted extends ObjectName {
  readonly part: Part
}

function judge<T>(
  wanted: Wanted,
  lookup: SecretLookup,
  before: Good<T> | undefined,
  read: (secret: SecretObject) => Read<Good<T>>,
): Kept {
  if (lookup.kind !== 'found') return fallBack(lookup, unavailable(wanted, lookup), before)
  const result = read(lookup.secret)
  if (result.kind === 'flawed') return fallBack(lookup, broken(result.flaw, 'error'), before)
  const flaws = result.warnings.map((flaw) => broken(flaw, 'warning'))
  return { lookup, read: { value: result.value.value, flaws }, good: result.value }
}

function fallBack<T>(lookup: SecretLookup, flaw: ObjectFlaw, before: Good<T> | undefined): Kept {
  if (before === undefined) return { lookup, read: { value: undefined, flaws: [flaw] }, good: undefined }
  const message = `${flaw.message}; what it held before stays in force`
  return {
    lookup,
    read: { value: before.value, flaws: [{ ...flaw, severity: 'warning', message }] },
    good: before,
  }
}

function unavailable(wanted: Wanted, lookup: Exclude<SecretLookup, { kind: 'found' }>): ObjectFlaw {
  const shown = quoted(`${wanted.namespace}/${wanted.name}`)
  switch (lookup.kind) {
    case 'absent':
      return refused(
        'SecretNotFound',
        `secret ${shown} does not exist, or holds nothing for ${fleeting.has(wanted.part) ? 'basic authentication' : 'TLS'}`,
        createIt(wanted),
      )
    case 'out of reach':
      return refused('SecretOutOfReach', `secret ${shown} may not be read by the gateway`, lookup.remedy)
  }
}

/** What cannot be read cannot say whether it is shared, and nothing is told of it by that. */
function closed(wanted: Wanted, reader: string, lookup: SecretLookup): ObjectFlaw {
  if (lookup.kind === 'out of reach') return unavailable(wanted, lookup)
  return notShared(`${wanted.namespace}/${wanted.name}`, reader)
}

function createIt({ part, namespace, name }: Wanted): string {
  const how = {
    certificate: `tls ${name} --cert=FILE --key=FILE`,
    ca: `generic ${name} --from-file=ca.crt=FILE`,
    crl: `generic ${name} --from-file=ca.crt=FILE`,
    users: `generic ${name} --from-file=auth=FILE`,
    userMap: `generic ${name} --from-literal=USER=HASH`,
  }[part]
  return `create it: "kubectl -n ${namespace} create secret ${how}"`
}

function broken({ message, remedy }: MaterialFlaw, severity: 'error' | 'warning'): ObjectFlaw {
  return severity === 'error'
    ? refused('SecretBroken', message, remedy)
    : warning('SecretBroken', message, remedy)
}

function withoutUsers(
  place: string,
  part: 'users' | 'userMap',
): { readonly kind: 'flawed'; readonly flaw: MaterialFlaw } {
  const shown = quoted(place.slice('Secret '.length))
  const isMap = part === 'userMap'
  const message = isMap
    ? `secret ${shown} has no key whose value is a hash of a password`
    : `secret ${shown} has no "auth"`
  const remedy = isMap
    ? 'write the hash of each user under a key with the name of the user, or leave "auth-secret-type" out'
    : 'put what "htpasswd -B" wrote under "auth" of its data, or write "auth-secret-type: auth-map"'
  return { kind: 'flawed', flaw: { file: place, message, remedy } }
}

function lacking(place: string, key: string): { readonly kind: 'flawed'; readonly flaw: MaterialFlaw } {
  const message = `secret ${quoted(place.slice('Secret '.length))} has no ${quoted(key)}`
  return {
    kind: 'flawed',
    flaw: { file: place, message, remedy: `put PEM under ${quoted(key)} of its data` },
  }
}
