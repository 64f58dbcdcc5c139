import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

type Loaded = ReturnType<NonNullable<Parameters<typeof registerHooks>[0]['load']>>

/** What the files of extensions held, by their URLs. */
export type ModuleTexts = ReadonlyMap<string, Pick<Loaded, 'format' | 'source'>>

/** What a group's files held when it started first, so that after a crash it is what it was, whatever they hold by then. */
export class ModuleSources {
  /** `undefined` before it was ready for the first time. */
  texts: ModuleTexts | undefined = undefined
}

/**
 * Keeps what modules and what they import by path hold, in this thread from now on.
 *
 * @param files of the modules.
 * @param kept what they held before, which stands for what is in the files now.
 * @returns what was kept; grows with every module that is loaded.
 */
export function keepSources(files: readonly string[], kept: ModuleTexts | undefined): ModuleTexts {
  const texts = new Map(kept)
  const theirs = new Set(files.map((file) => pathToFileURL(file).href))
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context
      const isByPath = specifier.startsWith('.') && parentURL !== undefined && theirs.has(parentURL)
      if (!isByPath && !theirs.has(specifier)) return next(specifier, context)
      // The file may be gone.
      const known = URL.parse(specifier, parentURL)?.href ?? ''
      const found = texts.has(known) ? { url: known, shortCircuit: true } : next(specifier, context)
      if (found.url.startsWith('file:')) theirs.add(found.url)
      return found
    },
    load(url, context, next) {
      const before = texts.get(url)
      if (before !== undefined) return { ...before, shortCircuit: true }
      const loaded = next(url, context)
      if (theirs.has(url)) texts.set(url, { format: loaded.format, source: loaded.source })
      return loaded
    },
  })
  return texts
}
