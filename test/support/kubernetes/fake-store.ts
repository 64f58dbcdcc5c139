import { randomUUID } from 'node:crypto'

/** An object as JSON has it. */
export interface FakeObject {
  apiVersion?: string
  kind?: string
  metadata: {
    name: string
    namespace?: string
    resourceVersion?: string
    uid?: string
    [name: string]: unknown
  }
  [name: string]: unknown
}

export interface FakeEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly collection: string
  readonly object: FakeObject
  readonly version: number
}

/** An answer of the fake that is no success. */
export class FakeFailure extends Error {
  readonly code: number
  readonly reason: string

  constructor(code: number, reason: string, message: string) {
    super(message)
    this.code = code
    this.reason = reason
  }
}

/**
 * Objects by collection (`/api/v1/configmaps`), one counter of versions for all of them, and what happened since, as etcd has it. Written
 * objects are never changed afterwards: each write makes another one.
 */
export class FakeStore {
  readonly #collections = new Map<string, Map<string, FakeObject>>()
  #version = 100
  /** Versions up to this one are forgotten: nobody can watch or page from there. */
  #forgotten = 0
  readonly #events: FakeEvent[] = []
  onEvent: (event: FakeEvent) => void = () => {}

  get version(): number {
    return this.#version
  }

  /** Forgets everything that happened before now, as a compaction does. */
  compact(): void {
    this.#forgotten = this.#version
    this.#events.length = 0
  }

  isForgotten(version: number): boolean {
    return version < this.#forgotten
  }

  since(version: number): readonly FakeEvent[] {
    return this.#events.filter((event) => event.version > version)
  }

  list(collection: string): readonly FakeObject[] {
    return [...(this.#collections.get(collection)?.values() ?? [])].sort((a, b) =>
      keyOf(a) < keyOf(b) ? -1 : 1,
    )
  }

  get(collection: string, key: string): FakeObject {
    const found = this.#collections.get(collection)?.get(key)
    if (found === undefined)
      throw new FakeFailure(404, 'NotFound', `${nameOf(collection)} "${key}" not found`)
    return found
  }

  create(collection: string, given: FakeObject): FakeObject {
    const objects = this.#collections.get(collection) ?? new Map<string, FakeObject>()
    this.#collections.set(collection, objects)
    const name = given.metadata.name
    if (objects.has(keyOf(given)))
      throw new FakeFailure(409, 'AlreadyExists', `${nameOf(collection)} "${name}" already exists`)
    const creationTimestamp = new Date(1_750_000_000_000 + this.#version * 1000)
      .toISOString()
      .replace('.000', '')
    return this.#write('ADDED', collection, {
      ...given,
      metadata: { uid: randomUUID(), creationTimestamp, ...given.metadata },
    })
  }

  /** @param given its version, when it has one, has to be the newest. */
  replace(collection: string, given: FakeObject): FakeObject {
    const before = this.get(collection, keyOf(given))
    const { resourceVersion } = given.metadata
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion)
      throw new FakeFailure(
        409,
        'Conflict',
        'the object has been modified; apply your changes to the latest version',
      )
    const { uid, creationTimestamp } = before.metadata
    const after = { ...given, metadata: { ...given.metadata, uid, creationTimestamp } } as FakeObject
    const unversioned = (object: FakeObject) =>
      JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: '' } })
    // A write that changes nothing makes no version.
    return unversioned(before) === unversioned(after) ? before : this.#write('MODIFIED', collection, after)
  }

  delete(collection: string, key: string): FakeObject {
    const before = this.get(collection, key)
    return this.#write('DELETED', collection, before)
  }

  #write(type: FakeEvent['type'], collection: string, given: FakeObject): FakeObject {
    this.#version += 1
    const object: FakeObject = {
      ...given,
      metadata: { ...given.metadata, resourceVersion: String(this.#version) },
    }
    if (type === 'DELETED') this.#collections.get(collection)?.delete(keyOf(object))
    else this.#collections.get(collection)?.set(keyOf(object), object)
    const event = { type, collection, object, version: this.#version }
    this.#events.push(event)
    this.onEvent(event)
    return object
  }
}

/** RFC 7396. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {}
  const merged = new Map<string, unknown>(Object.entries(base))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}

export function keyOf({ metadata }: FakeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

function nameOf(collection: string): string {
  return collection.slice(collection.lastIndexOf('/') + 1)
}
