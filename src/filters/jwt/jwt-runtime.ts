import type { JwtKeys } from '../../model/filters/jwt.ts'
import type { MaterialId, TextMaterial } from '../../model/material.ts'
import { type KeySet, keySetOf, secretKeys } from './key-set.ts'
import { fixedKeys, type KeySource, type KeySourceDeps, RemoteKeySource } from './key-source.ts'
import { HeaderMemory } from './token.ts'
import { TokenCache } from './token-cache.ts'

export interface JwtRuntimeDeps extends KeySourceDeps {
  /** What a file holds that the configuration names. */
  readonly text: (id: MaterialId) => TextMaterial | undefined
}

/** What all `jwt` filters of a process share: one fetcher for each set of keys, and the tokens that were verified. */
export class JwtRuntime {
  readonly tokens = new TokenCache()
  readonly headers = new HeaderMemory()
  readonly #sources = new Map<string, WeakRef<KeySource>>()
  readonly #deps: JwtRuntimeDeps

  constructor(deps: JwtRuntimeDeps) {
    this.#deps = deps
  }

  /** The keys that a rule names: the same object for all rules that say the same, as long as one of them is there. */
  source(keys: JwtKeys): KeySource {
    const key = JSON.stringify(keys)
    const known = this.#sources.get(key)?.deref()
    if (known !== undefined) return known
    for (const [name, source] of this.#sources) if (source.deref() === undefined) this.#sources.delete(name)
    const source = this.#make(keys)
    this.#sources.set(key, new WeakRef(source))
    return source
  }

  #make(keys: JwtKeys): KeySource {
    switch (keys.kind) {
      case 'set': {
        const made = keySetOf(keys.text)
        return fixedKeys(typeof made === 'string' ? undefined : made)
      }
      case 'secret':
        return fixedKeys(this.#secret(keys.material))
      case 'url': {
        const source = new RemoteKeySource(keys, this.#deps)
        for (const known of this.#sources.values()) {
          const other = known.deref()
          if (other instanceof RemoteKeySource) source.inherit(other)
        }
        source.start()
        return source
      }
    }
  }

  #secret(id: MaterialId): KeySet | undefined {
    const text = this.#deps.text(id)?.text
    return text === undefined ? undefined : secretKeys(Buffer.from(withoutLineEnd(text), 'latin1'))
  }
}

/** The last line end of a file is no part of a secret. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
