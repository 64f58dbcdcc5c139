import { pathToFileURL } from 'node:url'
import type { ExtensionModule } from '../model/filters/extension.ts'
import type { ExtensionLog, RunningExtensions } from './call.ts'
import { moduleUrl } from './module-hooks.ts'

/**
 * Starts modules in this thread, whose modules are hooked already. Nothing of Fastify is loaded before.
 *
 * @param how `afresh`: a file that was edited since is another module; else each is what it was first.
 * @throws what a module threw.
 */
export async function startHere(
  modules: readonly ExtensionModule[],
  how: 'once' | 'afresh',
  log: ExtensionLog,
): Promise<RunningExtensions> {
  const { startExtensions } = await import('./fastify-host.ts')
  return startExtensions(
    modules,
    ({ file, digest }) =>
      import(how === 'afresh' ? moduleUrl(file, digest) : pathToFileURL(file).href) as Promise<unknown>,
    log,
  )
}
