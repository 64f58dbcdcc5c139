import { availableParallelism } from 'node:os'
import { type LoadedModel, type LoadOptions, load } from '../control/load.ts'

/** What a load of these files and folders needs of this host. */
export function loadOptions(paths: readonly string[]): LoadOptions {
  return { paths, env: { ...process.env }, cores: availableParallelism() }
}

/** Reads and translates files here and now: for commands, which have no traffic to hold up. */
export function loadOnce(paths: readonly string[]): LoadedModel {
  return load(loadOptions(paths), undefined, undefined)
}
