import { setImmediate } from 'node:timers/promises'
import { ApiError, type ApiOptions, type KubernetesApi } from '../../../../src/sources/kubernetes/api.ts'
import type {
  IngressObject,
  IngressStatus,
  StatusAddress,
} from '../../../../src/translate/kubernetes/objects.ts'
import type { ObjectRef } from '../../../../src/translate/kubernetes/pieces.ts'
import type { FakeClock } from '../../../support/fake-clock.ts'
import {
  FakeFailure,
  type FakeObject,
  FakeStore,
  mergePatch,
} from '../../../support/kubernetes/fake-store.ts'

/** A request as it was asked. */
export interface Asked {
  readonly by: string
  readonly method: string
  readonly path: string
  readonly body: unknown
}

type Matches = (asked: Asked) => boolean

const ingresses = '/apis/networking.k8s.io/v1/ingresses'

/** Objects behind the requests that the controller makes; refusals and delays are the test's to choose. */
export class FakeCluster {
  readonly store = new FakeStore()
  readonly asked: Asked[] = []
  readonly #refusals: { readonly matches: Matches; readonly error: ApiError; left: number }[] = []
  readonly #gates: { readonly matches: Matches; readonly opened: Promise<void> }[] = []

  /** The API as one replica has it. */
  api(by = 'a'): KubernetesApi {
    return {
      server: 'https://fake:6443',
      request: (method, path, options = {}) => this.#ask({ by, method, path, body: options.body }, options),
      watch: () => Promise.reject(new Error('nothing here watches')),
    }
  }

  /** The next so many requests that match are refused. */
  refuse(matches: Matches, error: ApiError, times = Number.POSITIVE_INFINITY): void {
    this.#refusals.push({ matches, error, left: times })
  }

  accept(): void {
    this.#refusals.length = 0
  }

  /** Requests that match stay under way, and have not reached the API server yet, until they are let go. */
  hold(matches: Matches): { letGo(): void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    const gate = { matches, opened: promise }
    this.#gates.push(gate)
    return {
      letGo: () => {
        this.#gates.splice(this.#gates.indexOf(gate), 1)
        resolve()
      },
    }
  }

  addIngress(namespace: string, name: string, entries: readonly StatusAddress[] = []): ObjectRef {
    const { metadata } = this.store.create(ingresses, {
      metadata: { namespace, name },
      status: { loadBalancer: { ingress: entries } },
    })
    return { kind: 'Ingress', apiVersion: 'networking.k8s.io/v1', namespace, name, uid: metadata.uid ?? '' }
  }

  /** As another controller writes it. */
  setEntries(namespace: string, name: string, entries: readonly StatusAddress[]): void {
    const before = this.store.get(ingresses, `${namespace}/${name}`)
    const { managedFields: _, ...metadata } = before.metadata
    this.store.replace(ingresses, {
      ...before,
      metadata,
      status: { loadBalancer: { ingress: entries } },
    })
  }

  entries(namespace: string, name: string): readonly StatusAddress[] {
    return this.ingressStatus(namespace, name)?.addresses ?? []
  }

  ingressStatus(namespace: string, name: string): IngressStatus | undefined {
    const found = this.store
      .list(ingresses)
      .find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
    if (found === undefined) return undefined
    const { uid = '', resourceVersion = '' } = found.metadata
    return { uid, resourceVersion, addresses: entriesOf(found) }
  }

  ingresses(): readonly IngressObject[] {
    return this.store.list(ingresses).map(({ metadata }) => {
      const { namespace = '', name, uid = '', resourceVersion = '' } = metadata
      const meta = {
        namespace,
        name,
        uid,
        resourceVersion,
        created: 0,
        annotations: new Map<string, string>(),
      }
      return { meta, className: undefined, defaultBackend: undefined, rules: [], tls: [] }
    })
  }

  deleteIngress(namespace: string, name: string): void {
    this.store.delete(ingresses, `${namespace}/${name}`)
  }

  lease(): FakeObject {
    return this.store.get('/apis/coordination.k8s.io/v1/leases', 'gate/tidegate')
  }

  events(): readonly FakeObject[] {
    return this.store.list('/apis/events.k8s.io/v1/events')
  }

  /** Requests that change something, of a kind. */
  writes(kind: string): readonly Asked[] {
    return this.asked.filter(({ method, path }) => method !== 'GET' && path.includes(`/${kind}`))
  }

  async #ask(asked: Asked, { signal }: ApiOptions): Promise<unknown> {
    this.asked.push(asked)
    const gate = this.#gates.find(({ matches }) => matches(asked))
    if (gate !== undefined) await Promise.race([gate.opened, aborted(signal)])
    const refusal = this.#refusals.find(({ matches, left }) => left > 0 && matches(asked))
    if (refusal !== undefined) {
      refusal.left--
      throw refusal.error
    }
    try {
      return structuredClone(this.#answer(asked))
    } catch (error) {
      if (!(error instanceof FakeFailure)) throw error
      throw new ApiError(error.message, { status: error.code, reason: error.reason })
    }
  }

  #answer({ method, path, body }: Asked): unknown {
    const { collection, namespace, name, subresource, manager } = parsed(path)
    if (method === 'GET') return this.store.get(collection, `${namespace}/${name}`)
    const given = (body ?? {}) as FakeObject
    if (method === 'POST')
      return this.store.create(collection, { ...given, metadata: { ...given.metadata, namespace } })
    const before = this.store.get(collection, `${namespace}/${name}`)
    if (given.metadata?.uid !== undefined && given.metadata.uid !== before.metadata.uid)
      throw new FakeFailure(409, 'Conflict', 'the uid is another one')
    const merged = mergePatch(before, given) as FakeObject
    const version = given.metadata?.resourceVersion
    const { resourceVersion: _, ...metadata } = merged.metadata
    const managed = subresource === 'status' ? { managedFields: [statusField(manager)] } : {}
    return this.store.replace(collection, {
      ...merged,
      metadata: { ...metadata, ...(version === undefined ? {} : { resourceVersion: version }), ...managed },
    })
  }
}

/** Lets time pass for everybody at once, in small steps; what is asked on the way is answered. */
export async function pass(clocks: FakeClock | readonly FakeClock[], ms: number, step = 100): Promise<void> {
  const all = [clocks].flat()
  for (let passed = 0; passed <= ms; passed += step) {
    await setImmediate()
    for (const clock of all) clock.advance(passed + step > ms ? ms - passed : step)
    await setImmediate()
  }
}

export function refusal(status: number, message = 'refused', retryAfter?: number): ApiError {
  return new ApiError(message, { status, retryAfter })
}

function entriesOf(object: FakeObject): readonly StatusAddress[] {
  const { loadBalancer } = (object['status'] ?? {}) as { loadBalancer?: { ingress?: StatusAddress[] } }
  return loadBalancer?.ingress ?? []
}

function statusField(manager: string): unknown {
  const fieldsV1 = { 'f:status': { 'f:loadBalancer': { 'f:ingress': {} } } }
  return { manager, subresource: 'status', fieldsV1 }
}

function parsed(path: string) {
  const url = new URL(path, 'http://fake')
  const [, group, namespace = '', plural, name = '', subresource = ''] =
    /^(\/apis\/[^/]+\/[^/]+)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(url.pathname) ??
    []
  const manager = url.searchParams.get('fieldManager') ?? ''
  return { collection: `${group}/${plural}`, namespace, name, subresource, manager }
}

async function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new ApiError('broken off', { status: 0 })))
  })
}
