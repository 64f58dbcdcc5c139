import type { Bytes, Ms } from '../../std/units.ts'
import type { FilterSpec } from '../filter-spec.ts'
import { fingerprint } from '../hash.ts'

/** What can be written in JSON. */
export type Json = string | number | boolean | null | readonly Json[] | JsonMap

export interface JsonMap {
  readonly [key: string]: Json
}

/** Takes requests through a module of the operator's. */
export interface Extension extends ExtensionModule, ExtensionLimits {}

/** What is run. */
export interface ExtensionModule {
  /** As it was written: a path, or the name of a package. */
  readonly name: string
  /** Absolute path of the module; `""` where it cannot be had, which no model in force has. */
  readonly file: string
  /** Of the module and of what it imports by path: other content is another extension. */
  readonly digest: string
  readonly options: JsonMap
}

/** Where and within which limits it runs. */
export interface ExtensionLimits {
  /** In a thread of its own, or in the one that carries traffic. */
  readonly isolation: 'worker' | 'inline'
  /** Of the thread's JavaScript. */
  readonly memory: Bytes
  /** How long its loop may stand still. */
  readonly watchdog: Ms
  /** Variables of the environment that the thread sees. */
  readonly env: readonly string[]
}

/** Neighbouring extensions: they run together, in the order written. What says the same is the same group, on whatever route. */
export interface ExtensionGroup extends ExtensionLimits {
  /** Hash of everything else. */
  readonly id: string
  readonly modules: readonly ExtensionModule[]
}

/** Its modules as they were written: `./a.ts + ./b.ts`. */
export function groupLabel({ modules }: Pick<ExtensionGroup, 'modules'>): string {
  return modules.map(({ name }) => name).join(' + ')
}

/** Whether a filter is one: what carries traffic runs it in its own way. */
export function isExtension({ kind }: { readonly kind: string }): boolean {
  return kind === 'extension'
}

/** The extensions of a route; `undefined` when it has none. Validation has seen to it that they are neighbours of one isolation. */
export function extensionGroup(filters: readonly FilterSpec[]): ExtensionGroup | undefined {
  const extensions = filters.filter((filter) => filter.kind === 'extension')
  const [first] = extensions
  if (first === undefined) return undefined
  const group = {
    isolation: first.isolation,
    memory: Math.max(...extensions.map(({ memory }) => memory)),
    watchdog: Math.max(...extensions.map(({ watchdog }) => watchdog)),
    env: [...new Set(extensions.flatMap(({ env }) => env))],
    modules: extensions.map(({ name, file, digest, options }) => ({ name, file, digest, options })),
  }
  return { id: fingerprint(group), ...group }
}
