import type { SecretScope } from '../../model/kubernetes-settings.ts'

/** Namespaces of others whose Secrets the Ingresses of one namespace may have us look for: for each we ask for our rights, again and again. */
const mostNamespaces = 32

/** Secrets of others, of all those namespaces together: each is fetched and kept. */
const mostSecrets = 1_000

/** What to do about Secrets that are too many. */
export function tooManyForeign({ mode }: SecretScope): string {
  const most = `at most ${mostSecrets} Secrets of other namespaces`
  return mode === 'namespaces'
    ? `in all Ingresses of a namespace, name ${most}, in at most ${mostNamespaces} besides those that the settings list under "secrets.namespaces": the oldest Ingress comes first`
    : `in all Ingresses of a namespace, name ${most}: the oldest Ingress comes first`
}

/** An Ingress that names Secrets. */
export interface NamingIngress {
  readonly namespace: string
  readonly name: string
  /** Milliseconds since 1970. */
  readonly created: number
}

/** What one namespace names of others, as `namespace/name`. */
export interface ForeignShare {
  readonly namespace: string
  readonly allowed: readonly string[]
  readonly refused: readonly string[]
}

interface Named {
  readonly name: string
  readonly created: number
  readonly keys: readonly string[]
}

/**
 * Secrets of other namespaces that Ingresses name, with a limit for each namespace that names them: whoever is at its limit takes nothing
 * from others. The oldest Ingress comes first, so that all replicas allow the same, and a new one never takes from those before it.
 */
export class ForeignSecrets {
  readonly #scope: SecretScope
  /** By namespace that names, by name of the Ingress. */
  readonly #named = new Map<string, Map<string, Named>>()
  readonly #changed = new Set<string>()

  constructor(scope: SecretScope) {
    this.#scope = scope
  }

  /** What an Ingress names of other namespaces from now on. */
  set({ namespace, name, created }: NamingIngress, keys: readonly string[]): void {
    const all = this.#named.get(namespace) ?? new Map<string, Named>()
    if (isSame(all.get(name), { name, created, keys })) return
    this.#changed.add(namespace)
    if (keys.length > 0) all.set(name, { name, created, keys })
    else all.delete(name)
    if (all.size > 0) this.#named.set(namespace, all)
    else this.#named.delete(namespace)
  }

  /** Namespaces that name others than at the last call. */
  take(): readonly ForeignShare[] {
    const shares = [...this.#changed].map((namespace) => this.#shareOf(namespace))
    this.#changed.clear()
    return shares
  }

  #shareOf(namespace: string): ForeignShare {
    const allowed = new Set<string>()
    const refused = new Set<string>()
    const namespaces = new Set<string>()
    const ingresses = [...(this.#named.get(namespace)?.values() ?? [])].sort(compareAge)
    for (const key of ingresses.flatMap(({ keys }) => keys)) {
      const other = key.slice(0, key.indexOf('/'))
      const isFree = this.#isFree(other)
      const fits = isFree || namespaces.has(other) || namespaces.size < mostNamespaces
      if (!allowed.has(key) && !(fits && this.#hasRoom(allowed.size))) {
        refused.add(key)
        continue
      }
      allowed.add(key)
      if (!isFree) namespaces.add(other)
    }
    return { namespace, allowed: [...allowed], refused: [...refused] }
  }

  /** Whether nothing is asked for in a namespace on account of those who name it. */
  #isFree(namespace: string): boolean {
    return this.#scope.mode !== 'namespaces' || this.#scope.namespaces.includes(namespace)
  }

  /** By name, the operator said how many there are. */
  #hasRoom(secrets: number): boolean {
    return this.#scope.mode === 'names' || secrets < mostSecrets
  }
}

function isSame(before: Named | undefined, now: Named): boolean {
  if (before === undefined) return now.keys.length === 0
  return before.created === now.created && before.keys.join() === now.keys.join()
}

function compareAge(a: Named, b: Named): number {
  return a.created - b.created || (a.name < b.name ? -1 : 1)
}
