import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { describe, test } from 'node:test'
import { StartStage } from '../../../support/kubernetes/start-stage.ts'

// In a process of its own: a module is loaded once.

/** The half that hears changes, as it would be with a mistake in its text. */
registerHooks({
  load: (url, context, next) =>
    url.endsWith('/src/control/kubernetes/kubernetes-half.ts')
      ? { format: 'module', source: 'export class KubernetesHalf {\n  start( {}\n}', shortCircuit: true }
      : next(url, context),
})

describe('a module of the Kubernetes source that cannot be loaded', () => {
  test('is told as a mistake of the gateway', async () => {
    await using stage = new StartStage({}, '/nowhere')

    assert.match(
      await stage.line(0),
      /^error the source kubernetes could not be started, and is tried again; please report it: .*SyntaxError/s,
    )
    assert.match(stage.start.waitingFor().join(), /^kubernetes: a mistake of the gateway: /)
  })
})
