import { registerHooks } from 'node:module'

// Loaded with `--import` into a process and all of its threads: whoever loads the Kubernetes client there fails.

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('@kubernetes/client-node')) throw new Error('the Kubernetes client was loaded')
    return next(specifier, context)
  },
})
