import type { KubernetesApi } from '../../sources/kubernetes/api.ts'
import type { Ms } from '../../std/units.ts'
import type { IngressStatus, StatusAddress } from '../../translate/kubernetes/objects.ts'
import type { ObjectRef } from '../../translate/kubernetes/pieces.ts'
import { statusOf } from './say.ts'
import { readStatus, wroteEntries } from './status-merge.ts'

/** An Ingress read from the API server itself rather than from what the source knows. */
export interface FreshIngress extends IngressStatus {
  /** Whether the entries of its status are the work of our field manager. */
  readonly isOurWork: boolean
}

export interface IngressTarget {
  readonly ref: ObjectRef
  /** Our name as a field manager. */
  readonly manager: string
  readonly signal: AbortSignal
}

/** Reads an Ingress; `undefined` when it is gone. */
export async function readIngress(
  api: KubernetesApi,
  { ref, manager, signal }: IngressTarget,
): Promise<FreshIngress | undefined> {
  try {
    const ingress = await api.request('GET', pathOf(ref), { timeout: longest, signal })
    return { ...readStatus(ingress), isOurWork: wroteEntries(ingress, manager) }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

/**
 * Writes all entries of an Ingress, unless it has changed since `resourceVersion`: then it fails with 409. The list is one value to the
 * API server, so nothing less would keep what others write meanwhile.
 */
export async function writeEntries(
  api: KubernetesApi,
  entries: readonly StatusAddress[],
  { ref, manager, signal, resourceVersion }: IngressTarget & { readonly resourceVersion: string },
): Promise<void> {
  await api.request('PATCH', `${pathOf(ref)}/status?fieldManager=${encodeURIComponent(manager)}`, {
    body: {
      metadata: { uid: ref.uid, resourceVersion },
      status: { loadBalancer: { ingress: entries } },
    },
    timeout: longest,
    signal,
  })
}

/** What is asked longer than that is asked again. */
const longest: Ms = 10_000

function pathOf({ namespace, name }: ObjectRef): string {
  return `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}`
}
