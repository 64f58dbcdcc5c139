import type { Model } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import { readPaths } from '../sources/read-paths.ts'
import { readSecretFile } from '../sources/secret-file.ts'
import type { ItemMemory } from '../translate/read/item-memory.ts'
import { translateStandalone } from '../translate/standalone.ts'

export interface LoadOptions {
  /** Files and folders, taken as one configuration. */
  readonly paths: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Processors of this host. */
  readonly cores: number
}

/** What was found; no model when there is an error among the problems. */
export interface LoadedModel {
  readonly model: Model | undefined
  readonly problems: readonly Problem[]
}

/**
 * Reads, parses, translates and validates, blocking: half a second for ten thousand routes. For commands and for the loader's
 * thread; a process that carries traffic uses `Loader`.
 *
 * @param previous the model before, so that routes that did not move keep their rank.
 * @param memory what earlier loads remember; makes the next one faster.
 */
export function load(
  options: LoadOptions,
  previous: Model | undefined,
  memory: ItemMemory | undefined,
): LoadedModel {
  const { env, cores, paths } = options
  const read = readPaths(paths)
  const ranks = new Map(previous?.routes.map(({ id, rank }) => [id, rank]))
  const unread = read.problems.length
  const surroundings = {
    unread,
    env,
    cores,
    ranks,
    readSecret: readSecretFile,
    ...(memory === undefined ? {} : { memory }),
  }
  const { model, problems } = translateStandalone(read.files, surroundings)
  return { model: unread === 0 ? model : undefined, problems: [...read.problems, ...problems] }
}
