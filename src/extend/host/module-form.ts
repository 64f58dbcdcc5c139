import type { FastifyPluginAsync } from 'fastify'
import plugin from 'fastify-plugin'
import type { FetchExtension } from '../author-types.ts'

/** What a module turned out to hold. */
export type ModuleForm =
  | { readonly kind: 'fastify'; readonly plugin: FastifyPluginAsync }
  | { readonly kind: 'fetch'; readonly extension: FetchExtension }

/** Set by fastify-plugin. */
const skipOverride = Symbol.for('skip-override')

/**
 * Reads what a module exports: its default export, or for CommonJS the module itself. A plugin that does not say whether it wants a
 * context of its own gets none, or its hooks would not hold for what is proxied.
 *
 * @throws {TypeError} for anything that is no extension.
 */
export function moduleForm(module: unknown, name: string): ModuleForm {
  const exported = defaultOf(module)
  if (isFetch(exported)) return { kind: 'fetch', extension: exported }
  if (typeof exported !== 'function')
    throw new TypeError(
      `"${name}" has no extension as its default export: export default a Fastify plugin, or an object with a method fetch(request, context)`,
    )
  const given = exported as FastifyPluginAsync
  return { kind: 'fastify', plugin: skipOverride in given ? given : plugin(given) }
}

function defaultOf(module: unknown): unknown {
  const first = valueOf(module, 'default')
  const second = valueOf(first, 'default')
  return typeof first !== 'function' && second !== undefined ? second : first
}

function valueOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? (holder as Record<string, unknown>)[name] : undefined
}

function isFetch(exported: unknown): exported is FetchExtension {
  return typeof valueOf(exported, 'fetch') === 'function'
}
