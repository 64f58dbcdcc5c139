import { createHash } from 'node:crypto'
import type { Ms } from '../../std/units.ts'
import { numberAt, textAt, valueAt } from './read-json.ts'

/** What we read of a coordination.k8s.io/v1 Lease. */
export interface LeaseRecord {
  readonly resourceVersion: string
  /** `""` for nobody. */
  readonly holder: string
  /** How long the holder may be silent; `undefined` when it does not say. */
  readonly duration: Ms | undefined
  /** As they stand: times of others are compared with each other and never with our clock. */
  readonly acquireTime: string
  readonly renewTime: string
  readonly transitions: number
  readonly annotations: ReadonlyMap<string, string>
}

/** Annotations of replicas begin so; the time in it is for people, what counts is that it changes. */
const replicaPrefix = 'replica.tidegate.dev/'

/** Addresses that our status entries may have, whoever of us wrote them. */
export const publishedAnnotation = 'tidegate.dev/published'

/** The annotation that is the sign of life of a replica. Its name may have 63 letters, digits, `-`, `_` and `.`. */
export function replicaAnnotation(identity: string): string {
  if (/^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(identity)) return replicaPrefix + identity
  return replicaPrefix + createHash('sha256').update(identity).digest('hex').slice(0, 40)
}

/** Names and values of all signs of life. */
export function replicaSigns({ annotations }: LeaseRecord): ReadonlyMap<string, string> {
  return new Map([...annotations].filter(([name]) => name.startsWith(replicaPrefix)))
}

/** Of the annotation: neither IP addresses nor host names have commas. */
export function publishedAddresses({ annotations }: LeaseRecord): readonly string[] {
  return (annotations.get(publishedAnnotation) ?? '').split(',').filter((address) => address !== '')
}

/** Reads a Lease as the API server sent it; what is not of its form counts as not there. */
export function readLease(lease: unknown): LeaseRecord {
  const seconds = numberAt(lease, 'spec', 'leaseDurationSeconds')
  const annotations = valueAt(lease, 'metadata', 'annotations') ?? {}
  return {
    resourceVersion: textAt(lease, 'metadata', 'resourceVersion'),
    holder: textAt(lease, 'spec', 'holderIdentity'),
    duration: seconds === undefined ? undefined : seconds * 1000,
    acquireTime: textAt(lease, 'spec', 'acquireTime'),
    renewTime: textAt(lease, 'spec', 'renewTime'),
    transitions: numberAt(lease, 'spec', 'leaseTransitions') ?? 0,
    annotations: new Map(Object.keys(annotations).map((name) => [name, textAt(annotations, name)])),
  }
}

/** What the Lease says after `holder` took it, or renewed it, or (`""`) left it. */
export function leaseSpec(
  lease: LeaseRecord | undefined,
  { holder, duration, wall }: { readonly holder: string; readonly duration: Ms; readonly wall: number },
): Readonly<Record<string, string | number>> {
  const now = microTime(wall)
  const isSame = lease !== undefined && lease.holder === holder
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(duration / 1000),
    renewTime: now,
    acquireTime: isSame && lease.acquireTime !== '' ? lease.acquireTime : now,
    leaseTransitions: (lease?.transitions ?? -1) + (isSame || holder === '' ? 0 : 1),
  }
}

/** The Kubernetes form of a time with microseconds: `2026-01-31T10:00:00.250000Z`. */
export function microTime(wall: number): string {
  return new Date(wall).toISOString().replace('Z', '000Z')
}

/** The form without fractions: `2026-01-31T10:00:00Z`. */
export function secondTime(wall: number): string {
  return new Date(wall).toISOString().replace(/\.\d+/, '')
}
