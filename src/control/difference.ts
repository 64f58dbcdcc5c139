import { compareIds } from '../model/build.ts'
import type { Cluster } from '../model/cluster.ts'
import { endpointsText } from '../model/endpoints-text.ts'
import type { Material, MaterialId } from '../model/material.ts'
import { materialIds } from '../model/material-ids.ts'
import type { Changes, Model, ModelDifference } from '../model/model.ts'
import type { Settings } from '../model/settings.ts'
import { assert } from '../std/assert.ts'
import { deepFreeze } from '../std/freeze.ts'

/**
 * What leads from one model to another, by id; `undefined` when they say the same.
 *
 * Origins are not compared: a piece whose lines moved and nothing else is not in the difference, and keeps the origin it had.
 *
 * @param materials what `to` names, or more; a model that names none needs none.
 * @throws {Error} when one that `from` does not have is missing.
 */
export function difference(
  from: Model | undefined,
  to: Model,
  materials: readonly Material[] = [],
): ModelDifference | undefined {
  if (from?.hash === to.hash) return undefined
  return {
    hash: to.hash,
    from: from?.hash ?? '',
    settings: to.settings,
    listeners: changes(from?.listeners ?? [], to.listeners, sameHash),
    routes: changes(from?.routes ?? [], to.routes, sameHash),
    clusters: changes(from?.clusters ?? [], to.clusters, sameCluster),
    materials: materialChanges(from, to, materials),
  }
}

function materialChanges(
  from: Model | undefined,
  to: Model,
  materials: readonly Material[],
): Changes<Material> {
  const before: ReadonlySet<MaterialId> = from === undefined ? new Set() : materialIds(from)
  const after = materialIds(to)
  const byId = new Map(materials.map((material) => [material.id, material]))
  const put: Material[] = []
  for (const id of after) {
    if (before.has(id)) continue
    const material = byId.get(id)
    assert(material !== undefined, `material ${id} comes with the model that names it`)
    put.push(material)
  }
  return { put, removed: [...before].filter((id) => !after.has(id)) }
}

interface Piece {
  readonly id: string
  readonly hash: string
}

function changes<T extends Piece>(
  from: readonly T[],
  to: readonly T[],
  same: (a: T, b: T) => boolean,
): Changes<T> {
  const before = new Map(from.map((piece) => [piece.id, piece]))
  const put: T[] = []
  for (const piece of to) {
    const old = before.get(piece.id)
    if (old === undefined || !same(old, piece)) put.push(piece)
    before.delete(piece.id)
  }
  return { put, removed: [...before.keys()] }
}

function sameHash(a: Piece, b: Piece): boolean {
  return a.hash === b.hash
}

/** The hash of a cluster leaves its endpoints out. */
function sameCluster(a: Cluster, b: Cluster): boolean {
  return a === b || (a.hash === b.hash && endpointsText(a.endpoints) === endpointsText(b.endpoints))
}

/**
 * The model that a difference leads to, frozen.
 *
 * @throws {Error} when the difference starts from another model.
 */
export function applyDifference(model: Model | undefined, difference: ModelDifference): Model {
  assert(
    (model?.hash ?? '') === difference.from,
    `the difference starts from ${difference.from}, not ${model?.hash}`,
  )
  const settings: Settings = deepFreeze(difference.settings)
  return Object.freeze({
    hash: difference.hash,
    settings,
    listeners: merge(model?.listeners ?? [], difference.listeners, compareIds),
    routes: merge(model?.routes ?? [], difference.routes, (a, b) => a.rank - b.rank),
    clusters: merge(model?.clusters ?? [], difference.clusters, compareIds),
  })
}

/** Both lists are in order; what stays is not sorted again. */
function merge<T extends Piece>(
  pieces: readonly T[],
  { put, removed }: Changes<T>,
  compare: (a: T, b: T) => number,
): readonly T[] {
  if (put.length === 0 && removed.length === 0) return pieces
  const gone = new Set(removed)
  for (const { id } of put) gone.add(id)
  const merged: T[] = []
  let next = 0
  for (const piece of pieces) {
    if (gone.has(piece.id)) continue
    for (
      let candidate = put[next];
      candidate !== undefined && compare(candidate, piece) < 0;
      candidate = put[next]
    ) {
      merged.push(deepFreeze(candidate))
      next += 1
    }
    merged.push(piece)
  }
  for (const piece of put.slice(next)) merged.push(deepFreeze(piece))
  return Object.freeze(merged)
}
