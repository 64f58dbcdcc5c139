import type { EndpointSliceObject } from '../../translate/kubernetes/objects.ts'
import { type Change, keyOf } from './table.ts'

const none: readonly EndpointSliceObject[] = Object.freeze([])

/** Slices by Service. The list of a Service stays the same object until one of its slices changes. */
export class SliceIndex {
  readonly #byService = new Map<string, Map<string, EndpointSliceObject>>()
  readonly #lists = new Map<string, readonly EndpointSliceObject[]>()

  /** By name, so that a list does not depend on the order in which slices came. */
  get(namespace: string, service: string): readonly EndpointSliceObject[] {
    const key = keyOf(namespace, service)
    const known = this.#lists.get(key)
    if (known !== undefined) return known
    const slices = this.#byService.get(key)
    if (slices === undefined) return none
    const list = Object.freeze([...slices.values()].sort(byName))
    this.#lists.set(key, list)
    return list
  }

  /** Takes a change; gives the Services that it touched: two when a slice went from one to another. */
  apply({ before, after }: Change<EndpointSliceObject>): ReadonlySet<string> {
    const touched = new Set<string>()
    if (before !== undefined) {
      const key = keyOf(before.meta.namespace, before.service)
      const slices = this.#byService.get(key)
      slices?.delete(before.meta.name)
      if (slices?.size === 0) this.#byService.delete(key)
      touched.add(key)
    }
    if (after !== undefined) {
      const key = keyOf(after.meta.namespace, after.service)
      const slices = this.#byService.get(key) ?? new Map<string, EndpointSliceObject>()
      slices.set(after.meta.name, after)
      this.#byService.set(key, slices)
      touched.add(key)
    }
    for (const key of touched) this.#lists.delete(key)
    return touched
  }
}

function byName(a: EndpointSliceObject, b: EndpointSliceObject): number {
  return a.meta.name < b.meta.name ? -1 : 1
}
