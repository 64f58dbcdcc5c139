import type { Material, MaterialId } from '../model/material.ts'
import { materialIds } from '../model/material-ids.ts'
import type { Model, ModelDifference } from '../model/model.ts'
import { assert } from '../std/assert.ts'
import { difference } from './difference.ts'

/** The materials of the model in force, for workers that come later. Nothing here is ever printed. */
export class MaterialVault {
  readonly #byId = new Map<MaterialId, Material>()

  /** Takes what a change brings; what it removes stays until `keepOnly`. */
  put({ materials }: ModelDifference): void {
    for (const material of materials.put) this.#byId.set(material.id, material)
  }

  /** Forgets what a model in force does not name. */
  keepOnly(model: Model): void {
    const named = materialIds(model)
    for (const id of this.#byId.keys()) if (!named.has(id)) this.#byId.delete(id)
  }

  /** All of a model as a difference from nothing, with its materials. */
  whole(model: Model): ModelDifference {
    const all = difference(undefined, model, [...this.#byId.values()])
    assert(all !== undefined, 'a model differs from none')
    return all
  }
}
