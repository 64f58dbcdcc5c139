import type { Draft, Parts } from '../model/build.ts'
import { buildModel } from '../model/build.ts'
import type { Cluster } from '../model/cluster.ts'
import type { Listener } from '../model/listener.ts'
import type { Material } from '../model/material.ts'
import type { Translation } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import { validate } from '../model/validate.ts'
import type { Known } from '../model/validate-references.ts'
import { clusterContent } from './native/clusters.ts'
import { listenerContent } from './native/listeners.ts'
import { Materials } from './native/materials.ts'
import { routeDrafts } from './native/routes.ts'
import { settingsOf } from './native/settings.ts'
import { checkSources } from './native/sources.ts'
import { ConfigPieces } from './read/config-file.ts'
import { locatorFor } from './read/locate.ts'
import { readFile } from './read/read-file.ts'
import { defaultOf } from './read/value.ts'
import { type NativeSettings, type OptionalBlock, settingsSchemas } from './schema/settings.ts'
import type { SourceFile, Surroundings } from './surroundings.ts'

export type { SourceFile, Surroundings }

/** What files say, before it becomes a model: other sources may add to it. */
export interface FilesTranslated {
  /** `undefined` when there is an error among the problems. */
  readonly parts: Parts | undefined
  readonly problems: readonly Problem[]
  /** Those that the parts name. */
  readonly materials: readonly Material[]
}

/**
 * Translates configuration in the native form. Several files are taken as one: their lists are joined in the order given.
 * All or nothing: one error, and there is no model; every problem is reported, not only the first.
 */
export function translateStandalone(files: readonly SourceFile[], surroundings: Surroundings): Translation {
  const { parts, problems, materials } = translateFiles(files, surroundings)
  const model = parts === undefined ? undefined : buildModel(parts, surroundings.ranks ?? new Map())
  return { model, problems, materials }
}

/** The same, short of the model. */
export function translateFiles(files: readonly SourceFile[], surroundings: Surroundings): FilesTranslated {
  const pieces = new ConfigPieces()
  const readable = files.map((file) => readFile(file, surroundings, pieces))
  const isComplete = readable.every(Boolean) && (surroundings.unread ?? 0) === 0
  const locate = locatorFor(pieces.files)
  const materials = new Materials(surroundings, locate)
  const parts = partsOf(pieces, surroundings.cores ?? 1, materials)
  const problems = inOrder(
    [
      ...pieces.problems,
      ...materials.problems,
      ...checkSources(pieces, locate),
      ...validate(parts, knownNames(pieces, isComplete), locate),
    ],
    files,
  )
  const isSound = problems.every(({ severity }) => severity !== 'error')
  surroundings.memory?.turn()
  return isSound
    ? { parts, problems, materials: materials.all() }
    : { parts: undefined, problems, materials: [] }
}

/** By file, in the order given, then by place. */
function inOrder(problems: readonly Problem[], files: readonly SourceFile[]): readonly Problem[] {
  const indexes = new Map(files.map(({ path }, index) => [path, index]))
  const indexOf = ({ origin }: Problem): number => indexes.get(origin.file) ?? -1
  return problems.toSorted(
    (a, b) => indexOf(a) - indexOf(b) || a.origin.line - b.origin.line || a.origin.column - b.origin.column,
  )
}

/** When a file could not be read at all, any name may be in it. */
function knownNames(pieces: ConfigPieces, isComplete: boolean): Known {
  const listeners = pieces.listeners.map(({ value }) => value?.name)
  const named = listeners.filter((name) => name !== undefined)
  return {
    damaged: routeDrafts(pieces.routes.filter(({ isSound }) => !isSound)),
    clusters: isComplete ? new Set(pieces.clusters.keys()) : undefined,
    listeners: isComplete && named.length === listeners.length ? new Set(named) : undefined,
  }
}

function partsOf(pieces: ConfigPieces, cores: number, materials: Materials): Parts {
  const listeners: Draft<Listener>[] = []
  for (const { value, origin, isSound } of pieces.listeners) {
    if (value === undefined || !isSound) continue
    listeners.push({ origin, content: listenerContent(value, origin, materials) })
  }
  const clusters: Draft<Cluster>[] = []
  for (const { name, value, origin, isSound } of pieces.clusters.values()) {
    if (value === undefined || !isSound) continue
    clusters.push({ origin, content: clusterContent(name, value, origin, materials) })
  }
  const routes = routeDrafts(
    pieces.routes.filter(({ isSound }) => isSound),
    materials,
  )
  const fileOf = (block: OptionalBlock): string => pieces.settings.get(block)?.origin.file ?? ''
  return { settings: settingsOf(nativeSettings(pieces), cores, fileOf), listeners, routes, clusters }
}

const optionalBlocks: ReadonlySet<string> = new Set<OptionalBlock>(['kubernetes', 'redis'])

function nativeSettings(pieces: ConfigPieces): NativeSettings {
  const settings: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(settingsSchemas)) {
    const placed = pieces.settings.get(name as keyof NativeSettings)
    if (placed?.isSound === true) settings[name] = placed.value
    else if (!optionalBlocks.has(name)) settings[name] = defaultOf(schema)
  }
  return settings as NativeSettings
}
