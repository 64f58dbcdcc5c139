import type { KubeClient } from '../../../support/kubernetes/kube-client.ts'
import {
  ingress,
  ingressClass,
  namespaceObject,
  serviceObject,
  slice,
} from '../../../support/kubernetes/objects.ts'

export const namespace = 'bench'
export const className = 'tidegate'

/** Issue 5 §6: 1,000 Ingresses × 5 paths, 1,000 Services, 5,000 endpoints. */
export const size = { ingresses: 1000, paths: 5, services: 1000, endpoints: 5000 } as const

/** The Ingress whose path changes, and the Service whose endpoint does. */
export const changing = 500

/** Requests at a time: the API server takes no longer for each then. */
const parallel = 16

/** Makes everything, and deletes nothing: the control plane goes as a whole. */
export async function populate(client: KubeClient): Promise<void> {
  await client.create(namespaceObject(namespace))
  await client.create(ingressClass({ name: className, controller: 'tidegate.dev/ingress-controller' }))
  await each(size.services, async (i) => {
    await client.create(serviceOf(i))
    await client.create(sliceOf(i, 3000))
  })
  await each(size.ingresses, async (i) => {
    await client.create(ingressOf(i, ''))
  })
}

export function serviceOf(i: number) {
  return serviceObject({ namespace, name: `s${i}`, ports: { http: { port: 80, targetPort: 3000 } } })
}

/** The slice of a Service; @param port that of its endpoints. */
export function sliceOf(i: number, port: number, addresses = addressesOf(i)) {
  return slice({ namespace, service: `s${i}`, ports: { http: port }, endpoints: addresses })
}

/** Five addresses, no two Services share one. */
export function addressesOf(i: number): readonly string[] {
  const count = size.endpoints / size.services
  return Array.from({ length: count }, (_, n) => {
    const number = 256 + i * count + n
    return `10.244.${number >> 8}.${number & 255}`
  })
}

/** An Ingress of five paths to five Services; @param extra a sixth path, when it is not empty. */
export function ingressOf(i: number, extra: string) {
  const paths = Array.from({ length: size.paths }, (_, n) => [`/p${n}`, `s${(i + n) % size.services}:http`])
  const more = extra === '' ? [] : [[extra, `s${i}:http`]]
  return ingress({
    namespace,
    name: `i${i}`,
    className,
    rules: { [hostOf(i)]: Object.fromEntries([...paths, ...more]) as Record<string, string> },
  })
}

export function hostOf(i: number): string {
  return `h${i}.bench.test`
}

async function each(count: number, make: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  const run = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await make(i)
  }
  await Promise.all(Array.from({ length: parallel }, run))
}
