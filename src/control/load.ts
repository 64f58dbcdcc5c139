import { buildModel } from '../model/build.ts'
import type { Material } from '../model/material.ts'
import type { Model } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import { MaterialFiles } from '../sources/material-files.ts'
import { readPaths } from '../sources/read-paths.ts'
import { readSecretFile } from '../sources/secret-file.ts'
import { systemClock } from '../std/clock.ts'
import { ItemMemory } from '../translate/read/item-memory.ts'
import { type FilesTranslated, translateFiles } from '../translate/standalone.ts'

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

/** What files say, short of a model; no parts when there is an error among the problems. */
export interface FilesLoaded extends FilesTranslated {
  readonly files: readonly string[]
}

/** What loads remember from one to the next. */
export class LoadMemory {
  readonly items = new ItemMemory()
  readonly materials = new MaterialFiles(() => systemClock.wall())
}

/**
 * Reads, parses, translates and validates, blocking: half a second for ten thousand routes. For commands; a process that carries
 * traffic uses `Loader`.
 *
 * @param previous the model before, so that routes that did not move keep their rank.
 * @param memory what earlier loads remember.
 */
export function load(
  options: LoadOptions,
  previous: Model | undefined,
  memory: LoadMemory | undefined,
): LoadedModel {
  const { parts, problems, materials, files } = loadFiles(options, memory)
  const ranks = new Map(previous?.routes.map(({ id, rank }) => [id, rank]))
  const model = parts === undefined ? undefined : buildModel(parts, ranks)
  return { model, problems, materials, files }
}

/**
 * The same short of the model, for whoever has other sources beside the files.
 *
 * @param memory what earlier loads remember: makes the next one faster, and keeps certificates whose files were damaged since.
 */
export function loadFiles(options: LoadOptions, memory: LoadMemory | undefined): FilesLoaded {
  const { env, cores, paths } = options
  const read = readPaths(paths)
  const unread = read.problems.length
  const materialFiles = (memory ?? new LoadMemory()).materials
  materialFiles.begin()
  const surroundings = {
    unread,
    env,
    cores,
    readSecret: (path: string) => {
      materialFiles.note(path)
      return readSecretFile(path)
    },
    materials: materialFiles,
    ...(memory === undefined ? {} : { memory: memory.items }),
  }
  const { parts, problems, materials } = translateFiles(read.files, surroundings)
  const isGood = unread === 0 && parts !== undefined
  if (isGood) materialFiles.keep()
  return {
    parts: isGood ? parts : undefined,
    materials: isGood ? materials : [],
    problems: [...read.problems, ...problems],
    files: materialFiles.files(),
  }
}
