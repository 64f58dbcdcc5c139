import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/** What is there for every extension, wherever it lives. */
const given = /^(?:fastify|fastify-plugin|tidegate)(?:\/|$)/

/** Marks the URL of a module with the digest that it had, so that after an edit it is another module. */
const mark = 'tidegate'

/**
 * Finds what extensions import, in this thread from now on: as Node does, and `fastify`, `fastify-plugin` and `tidegate` beside
 * Tidegate where Node finds none. What a marked module imports by path is marked alike.
 */
export function hookModules(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const found = find(specifier, context, next)
      const digest = markOf(context.parentURL)
      if (digest === undefined || !specifier.startsWith('.') || !found.url.startsWith('file:')) return found
      return { ...found, url: marked(found.url, digest) }
    },
  })
}

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]['resolve']>

function find(...[specifier, context, next]: Parameters<Resolve>): ReturnType<Resolve> {
  try {
    return next(specifier, context)
  } catch (error) {
    if (!given.test(specifier)) throw error
    return next(specifier, { ...context, parentURL: import.meta.url })
  }
}

/** The URL to import a module by, once hooks are there. @param digest of what it holds. */
export function moduleUrl(file: string, digest: string): string {
  return marked(pathToFileURL(file).href, digest)
}

function marked(url: string, digest: string): string {
  const made = new URL(url)
  made.searchParams.set(mark, digest)
  return made.href
}

function markOf(url: string | undefined): string | undefined {
  return url?.startsWith('file:') === true ? (new URL(url).searchParams.get(mark) ?? undefined) : undefined
}
