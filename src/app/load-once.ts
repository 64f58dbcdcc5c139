import { type LoadedModel, load } from '../control/load.ts'
import { loadOptions } from './load-options.ts'

/** Reads and translates files here and now: for commands, which have no traffic to hold up. */
export function loadOnce(paths: readonly string[]): LoadedModel {
  return load(loadOptions(paths), undefined, undefined)
}
