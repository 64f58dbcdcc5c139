import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import type { V1EndpointConditions, V1EndpointSlice } from '@kubernetes/client-node'
import { EchoPod, type Speaks } from './echo-pod.ts'
import type { KubeClient } from './kube-client.ts'
import { type PortWish, serviceObject, slice } from './objects.ts'

export interface DeploymentWish {
  readonly namespace: string
  readonly service: string
  readonly replicas?: number
  /** Ports of the Service by name, as `serviceObject` takes them; 80 to 3000 without. A named `targetPort` is looked up in `containerPorts`. */
  readonly ports?: Readonly<Record<string, number | PortWish>>
  /** Numbers of named ports in the pods. */
  readonly containerPorts?: Readonly<Record<string, number>>
  readonly speaks?: Speaks
  /** What pods tell as the Ingress they belong to. */
  readonly ingress?: string
  readonly headless?: 'yes' | 'no'
}

/** Servers on pod addresses, each address for itself, as a kubelet would run them. */
export class Pods implements AsyncDisposable {
  readonly #claims: Claim[] = []
  readonly #deployments: EchoDeployment[] = []
  #next = 0

  /** Makes a Service, as many pods, and the slice that names them. */
  async deploy(client: KubeClient, wish: DeploymentWish): Promise<EchoDeployment> {
    const deployment = new EchoDeployment(this, client, wish)
    this.#deployments.push(deployment)
    await deployment.start()
    return deployment
  }

  /** An address of the range that no other process has, and that was not given before. */
  async address(): Promise<string> {
    const inBlock = this.#next++ % addressesInBlock
    if (inBlock === 0) this.#claims.push(await claimBlock())
    return `${this.#claims.at(-1)?.block}.${inBlock + 1}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#deployments.splice(0).map((one) => one[Symbol.asyncDispose]()))
    for (const { server } of this.#claims.splice(0)) {
      server.close()
      await once(server, 'close')
    }
  }
}

/** A Service and its pods; stands for Deployment, kubelet and the controllers between them. */
export class EchoDeployment implements AsyncDisposable {
  readonly namespace: string
  readonly service: string
  /** Those of the slice, in its order. */
  pods: EchoPod[] = []
  readonly #all: EchoPod[] = []
  readonly #home: Pods
  readonly #client: KubeClient
  readonly #wish: DeploymentWish
  readonly #conditions = new Map<EchoPod, V1EndpointConditions>()
  #made = 0

  constructor(home: Pods, client: KubeClient, wish: DeploymentWish) {
    this.namespace = wish.namespace
    this.service = wish.service
    this.#home = home
    this.#client = client
    this.#wish = wish
  }

  /** Makes Service, pods and slice. */
  async start(): Promise<void> {
    const { namespace, service, headless, replicas = 1 } = this.#wish
    const ports = this.#ports()
    await this.#client.create(
      serviceObject({ namespace, name: service, ports, ...(headless === undefined ? {} : { headless }) }),
    )
    for (let i = 0; i < replicas; i++) await this.addPod()
    await this.write()
  }

  /** Has so many pods: new ones are there before the slice names them, old ones end after it no longer does. */
  async scale(replicas: number): Promise<void> {
    while (this.pods.length < replicas) await this.addPod()
    const leaving = this.pods.splice(replicas)
    await this.write()
    for (const pod of leaving) await pod[Symbol.asyncDispose]()
  }

  /** Starts one that the slice does not name before `write()`. */
  async addPod(): Promise<EchoPod> {
    const { namespace, service, ingress = '', speaks } = this.#wish
    const identity = { namespace, ingress, service, pod: `${service}-${this.#made++}` }
    const ports = Object.values(this.#slicePorts())
    const options = speaks === undefined ? { ports } : { ports, speaks }
    const pod = await EchoPod.start(await this.#home.address(), identity, options)
    this.pods.push(pod)
    this.#all.push(pod)
    return pod
  }

  /** What the slice says of a pod from the next `write()` on; `{ ready: true }` before. */
  mark(pod: EchoPod, conditions: V1EndpointConditions): void {
    this.#conditions.set(pod, conditions)
  }

  /** Writes the slice as it should be now. */
  async write(): Promise<V1EndpointSlice> {
    return await this.#client.apply(
      slice({
        namespace: this.namespace,
        service: this.service,
        ports: this.#slicePorts(),
        endpoints: this.pods.map((pod) => ({
          addresses: [pod.address],
          conditions: this.#conditions.get(pod) ?? { ready: true },
          targetRef: { kind: 'Pod', namespace: this.namespace, name: pod.identity.pod },
        })),
      }),
    )
  }

  /** Ends the pods; the objects stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.splice(0).map((pod) => pod[Symbol.asyncDispose]()))
  }

  #ports(): Readonly<Record<string, number | PortWish>> {
    return this.#wish.ports ?? { http: { port: 80, targetPort: 3000 } }
  }

  /** Ports of the pods by the names of the Service's ports, as the endpoint slice controller finds them. */
  #slicePorts(): Record<string, number> {
    const found: Record<string, number> = {}
    for (const [name, port] of Object.entries(this.#ports())) {
      const target = typeof port === 'number' ? port : (port.targetPort ?? port.port)
      const number = typeof target === 'number' ? target : this.#wish.containerPorts?.[target]
      if (number === undefined) throw new Error(`no container port is named "${target}"`)
      found[name] = number
    }
    return found
  }
}

interface Claim {
  /** `10.244.7`. */
  readonly block: string
  readonly server: Server
}

/** `.1` to `.250`. */
const addressesInBlock = 250

/** Takes 256 addresses for this process: whoever can listen on a certain port of the last one has them all. */
async function claimBlock(): Promise<Claim> {
  for (let i = 1; i < 255; i++) {
    const block = `10.244.${i}`
    const server = createServer().listen(9, `${block}.254`)
    try {
      await once(server, 'listening')
      // Only the claim of a process that runs counts, so it need not be kept alive for.
      server.unref()
      return { block, server }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
  throw new Error('all pod addresses are taken')
}
