import type { Material } from '../model/material.ts'
import type { Model } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import { MaterialFiles } from '../sources/material-files.ts'
import { readPaths } from '../sources/read-paths.ts'
import { readSecretFile } from '../sources/secret-file.ts'
import { systemClock } from '../std/clock.ts'
import { ItemMemory } from '../translate/read/item-memory.ts'
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
  /** Those that the model names. */
  readonly materials: readonly Material[]
  /** Files that the configuration names: when one of them changes, everything is to be read again. */
  readonly files: readonly string[]
}

function newMaterialFiles(): MaterialFiles {
  return new MaterialFiles(() => systemClock.wall())
}

/** What loads remember from one to the next. */
export class LoadMemory {
  readonly items = new ItemMemory()
  readonly materials = newMaterialFiles()
}

/**
 * Reads, parses, translates and validates, blocking: half a second for ten thousand routes. For commands and for the loader's
 * thread; a process that carries traffic uses `Loader`.
 *
 * @param previous the model before, so that routes that did not move keep their rank.
 * @param memory what earlier loads remember: makes the next one faster, and keeps certificates whose files were damaged since.
 */
export function load(
  options: LoadOptions,
  previous: Model | undefined,
  memory: LoadMemory | undefined,
): LoadedModel {
  const { env, cores, paths } = options
  const read = readPaths(paths)
  const ranks = new Map(previous?.routes.map(({ id, rank }) => [id, rank]))
  const unread = read.problems.length
  const materialFiles = memory?.materials ?? newMaterialFiles()
  materialFiles.begin()
  const surroundings = {
    unread,
    env,
    cores,
    ranks,
    readSecret: (path: string) => {
      materialFiles.note(path)
      return readSecretFile(path)
    },
    materials: materialFiles,
    ...(memory === undefined ? {} : { memory: memory.items }),
  }
  const { model, problems, materials } = translateStandalone(read.files, surroundings)
  const isGood = unread === 0 && model !== undefined
  if (isGood) materialFiles.keep()
  return {
    model: isGood ? model : undefined,
    materials: isGood ? materials : [],
    problems: [...read.problems, ...problems],
    files: materialFiles.files(),
  }
}
