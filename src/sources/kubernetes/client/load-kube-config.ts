import { registerHooks } from 'node:module'
import type { KubeConfig } from '@kubernetes/client-node'

/**
 * Loads the class that reads kubeconfigs and authenticates, without the hundreds of generated classes of the API that its module
 * imports for two functions which we never call: those would take half of 80 MiB and of 0.4 s.
 */
export async function loadKubeConfig(): Promise<new () => KubeConfig> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === './gen/index.js' && context.parentURL?.includes('@kubernetes/client-node/') === true
        ? { url: uncalled, shortCircuit: true }
        : next(specifier, context),
  })
  try {
    return (await import('@kubernetes/client-node/dist/config.js')).KubeConfig
  } finally {
    hooks.deregister()
  }
}

const uncalled =
  'data:text/javascript,export const createConfiguration = undefined, ServerConfiguration = undefined'
