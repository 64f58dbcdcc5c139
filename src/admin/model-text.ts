import { setImmediate } from 'node:timers/promises'
import { hideRouteSecrets } from '../model/hide-secrets.ts'
import type { Model } from '../model/model.ts'

/** Parts made into text in one turn of the event loop; about a millisecond. */
const partsPerTurn = 200

/** The JSON of a model, without secrets, in pieces: with one worker, traffic runs between them. */
export async function* modelText(model: Model): AsyncGenerator<string> {
  yield `{"hash":${JSON.stringify(model.hash)},"settings":${JSON.stringify(model.settings)}`
  yield* listText('listeners', model.listeners, (listener) => listener)
  yield* listText('routes', model.routes, hideRouteSecrets)
  yield* listText('clusters', model.clusters, (cluster) => cluster)
  yield '}'
}

async function* listText<T>(
  name: string,
  parts: readonly T[],
  shown: (part: T) => T,
): AsyncGenerator<string> {
  yield `,"${name}":[`
  for (let from = 0; from < parts.length; from += partsPerTurn) {
    if (from > 0) await setImmediate()
    const texts = parts.slice(from, from + partsPerTurn).map((part) => JSON.stringify(shown(part)))
    yield (from > 0 ? ',' : '') + texts.join(',')
  }
  yield ']'
}
