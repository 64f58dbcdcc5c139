import type { SecretScope } from '../../model/kubernetes-settings.ts'
import type { SourceStatus } from '../../model/source-status.ts'
import { quoted } from '../../std/quoted.ts'
import type { SecretLookup, SecretObject } from '../../translate/kubernetes/objects.ts'
import { tooManyForeign } from './foreign-secrets.ts'
import type { WatchSurroundings } from './list-watch.ts'
import { References } from './references.ts'
import { secrets } from './resources.ts'
import { SecretPart } from './secret-part.ts'
import { keyOf, splitKey } from './table.ts'
import { Turns } from './turns.ts'

export interface SecretSourceDeps {
  readonly scope: SecretScope
  readonly around: WatchSurroundings
  /** `NAMESPACE:NAME` of our service account, for commands. */
  readonly serviceAccount: string
  /** The ClusterRole that allows to read Secrets, as the installer named it. */
  readonly secretsRole: string
  /** Whether Ingresses of a namespace may need Secrets of it that nobody is seen to refer to. */
  readonly mayNeedMore: (namespace: string) => boolean
  /** A Secret is another, there or gone, as `namespace/name`. */
  readonly onChange: (key: string) => void
  /** Look-ups may say something else, of Secrets that are not there too: a right came or went, a first list is there. */
  readonly onKnown: () => void
  /** A status is another. */
  readonly onStatus: () => void
}

/** Look-ups that are remembered, so that the same one comes again; in mode `names` a tenant chooses how many there are. */
const mostDenials = 1_000

const absent: SecretLookup = Object.freeze({ kind: 'absent' })

/** Secrets in the way the operator chose; of those that nobody refers to only the names are kept. */
export class SecretSource implements AsyncDisposable {
  readonly #deps: SecretSourceDeps
  /** By namespace, by `namespace/name` or, for the cluster, by `""`. */
  readonly #parts = new Map<string, SecretPart>()
  readonly #turns = new Turns(8)
  readonly #references = new References()
  readonly #namespaces = new References()
  /** What is not looked for, by the namespaces that name it. */
  readonly #refused = new References()
  /** What was asked for although no reference was known, with the look at everything that did so last. */
  readonly #asked = new Map<string, number>()
  /** Counts looks at everything. */
  #look = 0
  readonly #lookups = new WeakMap<SecretObject, SecretLookup>()
  readonly #denials = new Map<string, SecretLookup>()
  #isEnded = false

  constructor(deps: SecretSourceDeps) {
    this.#deps = deps
  }

  /** Begins with what the settings name, and the Secrets that references named until now. */
  start(): void {
    const { scope } = this.#deps
    switch (scope.mode) {
      case 'namespaces':
        for (const namespace of scope.namespaces) this.#open(namespace)
        return
      case 'names':
        for (const { namespace, name } of scope.names) this.#open(keyOf(namespace, name))
        return
      case 'cluster':
        this.#open('')
    }
  }

  /** What `owner` refers to from now on, as `namespace/name`. */
  refer(owner: string, keys: readonly string[]): void {
    const { added, dropped } = this.#references.set(owner, keys)
    const namespaces = [...new Set(keys.map((key) => splitKey(key)[0]))]
    const { dropped: left } = this.#namespaces.set(owner, namespaces)
    for (const key of added) this.#want(key)
    for (const key of dropped) this.#partOf(key)?.forget(...splitKey(key))
    for (const namespace of left) this.#close(namespace)
  }

  /** What Ingresses of a namespace name from now on and is not looked for on their account: too much of others, as `namespace/name`. */
  refuse(namespace: string, keys: readonly string[]): void {
    this.#refused.set(namespace, keys)
  }

  /** Runs a look at everything: what nobody refers to, and it does not ask for, is forgotten after it, unless it throws. */
  renew<T>(look: () => T): T {
    this.#look += 1
    const result = look()
    const before = this.#asked.size
    for (const [key, asked] of this.#asked) if (asked !== this.#look) this.#unask(key)
    if (this.#asked.size < before) this.#deps.onStatus()
    return result
  }

  lookup(namespace: string, name: string): SecretLookup {
    // Names come from annotations too, and go into commands that people run.
    if (!isLabel.test(namespace) || !isSubdomain.test(name)) return absent
    const key = keyOf(namespace, name)
    if (!this.#isLookedFor(key, namespace)) return this.#notLookedFor(key)
    const part = this.#partOf(key)
    if (part === undefined)
      return this.#outOfReach(
        `add ${quoted(key)} to "secrets.names" in the settings, and to the role that allows them`,
      )
    const row = part.row(key)
    if (row?.secret !== undefined) return this.#found(row.secret)
    if (part.isDenied) return this.#outOfReach(part.remedy)
    if (row !== undefined || !part.isSettled)
      return this.#outOfReach(`wait until ${part.name} have been read; "/api/sources" tells how that stands`)
    return absent
  }

  /** Whether everything that is referred to is known, or known to be out of reach. */
  get isSettled(): boolean {
    return this.waitingFor().length === 0
  }

  waitingFor(): readonly string[] {
    return [...this.#parts.values()].filter((part) => !part.isSettled).map((part) => part.name)
  }

  statuses(): readonly SourceStatus[] {
    return [...this.#parts.values()].map((part) => part.status())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true
    await Promise.all([...this.#parts.values()].map((part) => part[Symbol.asyncDispose]()))
  }

  /** Whether somebody refers to a Secret, or may without being seen to: then it is looked for from now on. */
  #isLookedFor(key: string, namespace: string): boolean {
    if (!this.#asked.has(key)) {
      if (this.#references.has(key)) return true
      if (this.#deps.scope.mode !== 'names' && !this.#deps.mayNeedMore(namespace)) return false
      this.refer(asking(key), [key])
    }
    this.#asked.set(key, this.#look)
    return true
  }

  /** The same whether the Secret exists or not. */
  #notLookedFor(key: string): SecretLookup {
    if (this.#refused.has(key)) return this.#outOfReach(tooManyForeign(this.#deps.scope))
    const part = this.#partOf(key)
    if (part?.isSettled === true && !part.isDenied) return absent
    return this.#outOfReach(
      'write its namespace and its name with nothing around them: what is to be read is looked for beforehand',
    )
  }

  #unask(key: string): void {
    this.#asked.delete(key)
    this.refer(asking(key), [])
  }

  #want(key: string): void {
    const [namespace, name] = splitKey(key)
    if (this.#deps.scope.mode === 'namespaces' && !this.#parts.has(namespace) && isLabel.test(namespace))
      this.#open(namespace)
    this.#partOf(key)?.keep(namespace, name)
  }

  #open(id: string): void {
    if (this.#isEnded || this.#parts.has(id)) return
    const { around, onChange, onKnown, onStatus } = this.#deps
    let told = ''
    const part = new SecretPart({
      around,
      ...this.#describe(id),
      turns: this.#turns,
      onChanges: (changes) => {
        for (const { key } of changes) onChange(key)
      },
      onStatus: () => {
        const known = `${part.isSettled} ${part.isDenied}`
        if (known !== told) onKnown()
        told = known
        onStatus()
      },
    })
    this.#parts.set(id, part)
    part.start()
  }

  #describe(
    id: string,
  ): Pick<ConstructorParameters<typeof SecretPart>[0], 'resource' | 'asksFor' | 'remedy'> {
    const { scope, serviceAccount, secretsRole } = this.#deps
    const isWanted = (namespace: string, name: string) => this.#references.has(keyOf(namespace, name))
    const [namespace, name] = splitKey(id)
    const account = `--serviceaccount=${serviceAccount}`
    const bind = (kind: string) =>
      `kubectl create ${kind} ${secretsRole} --clusterrole=${secretsRole} ${account}`
    switch (scope.mode) {
      case 'namespaces':
        return {
          resource: secrets({ namespace: id }, 'any', isWanted),
          asksFor: id,
          remedy: `run "${bind('rolebinding')} -n ${id}"`,
        }
      case 'names':
        return {
          resource: secrets({ namespace, name }, 'any', isWanted),
          asksFor: undefined,
          remedy: `give "system:serviceaccount:${serviceAccount}" a role in ${quoted(namespace)} that allows get, list and watch on the Secret ${quoted(name)}`,
        }
      case 'cluster':
        return {
          resource: secrets({}, 'useful', isWanted),
          asksFor: undefined,
          remedy: `run "${bind('clusterrolebinding')}"`,
        }
    }
  }

  /** A namespace in which nobody refers to anything is not watched any more, unless the settings name it. */
  #close(namespace: string): void {
    const { scope } = this.#deps
    if (scope.mode !== 'namespaces' || scope.namespaces.includes(namespace)) return
    const part = this.#parts.get(namespace)
    this.#parts.delete(namespace)
    void part?.[Symbol.asyncDispose]()
  }

  #partOf(key: string): SecretPart | undefined {
    const { mode } = this.#deps.scope
    return this.#parts.get(mode === 'namespaces' ? splitKey(key)[0] : mode === 'names' ? key : '')
  }

  #outOfReach(remedy: string): SecretLookup {
    const known = this.#denials.get(remedy)
    if (known !== undefined) return known
    if (this.#denials.size >= mostDenials) this.#denials.clear()
    const lookup: SecretLookup = Object.freeze({ kind: 'out of reach', remedy })
    this.#denials.set(remedy, lookup)
    return lookup
  }

  #found(secret: SecretObject): SecretLookup {
    const known = this.#lookups.get(secret)
    if (known !== undefined) return known
    const lookup: SecretLookup = Object.freeze({ kind: 'found', secret })
    this.#lookups.set(secret, lookup)
    return lookup
  }
}

/** Who refers to what was asked for; no Ingress has such a key. */
function asking(key: string): string {
  return `asked ${key}`
}

/** What the API takes for the name of a namespace, and of a Secret. */
const isLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const isSubdomain = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
