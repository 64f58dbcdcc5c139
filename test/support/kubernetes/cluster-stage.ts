import { randomBytes } from 'node:crypto'
import type { Config } from '../gateway.ts'
import { GatewayProcess } from '../gateway-process.ts'
import { until } from '../raw-client.ts'
import { type Answer, askGateway, type Question } from './ask-gateway.ts'
import { eventually, patience } from './eventually.ts'
import { KubeAccess } from './kube-access.ts'
import type { KubeClient } from './kube-client.ts'
import { ingressClass, namespaceObject } from './objects.ts'
import { type DeploymentWish, type EchoDeployment, Pods } from './pods.ts'

/** A place of its own for a test file on an API server: namespaces, a class, pods and gateways, all gone at the end. */
export class ClusterStage implements AsyncDisposable {
  readonly access: KubeAccess
  readonly client: KubeClient
  readonly pods = new Pods()
  /** The first namespace. */
  readonly namespace: string
  /** All of its namespaces. */
  readonly namespaces: string[] = []
  /** The IngressClass, and the value that the old annotation may have. */
  readonly className: string
  /** The controller that the class names. */
  readonly controller: string
  readonly #gateways: GatewayInCluster[] = []

  private constructor(access: KubeAccess) {
    const id = randomBytes(4).toString('hex')
    this.access = access
    this.client = access.client
    this.namespace = `test-${id}`
    this.className = `class-${id}`
    this.controller = `tidegate.test/${id}`
  }

  /** Makes namespace and class. @param access the control plane of the run without. */
  static async open(access: KubeAccess = KubeAccess.shared()): Promise<ClusterStage> {
    const stage = new ClusterStage(access)
    await stage.addNamespace(stage.namespace)
    await stage.client.create(ingressClass({ name: stage.className, controller: stage.controller }))
    return stage
  }

  /** Another namespace, with a name of its own unless one is given. */
  async addNamespace(name = `${this.namespace}-${this.namespaces.length}`): Promise<string> {
    await this.client.create(namespaceObject(name))
    this.namespaces.push(name)
    return name
  }

  /** A Service with its pods, in the first namespace unless another is named. */
  deploy(wish: Omit<DeploymentWish, 'namespace'> & { readonly namespace?: string }): Promise<EchoDeployment> {
    return this.pods.deploy(this.client, { namespace: this.namespace, ...wish })
  }

  /** The block `kubernetes` of a gateway that serves the class in these namespaces. */
  kubernetesBlock(): Config {
    return {
      kubeconfig: this.access.kubeconfig,
      controller: this.controller,
      class: this.className,
      namespaces: this.namespaces,
      leaderElection: { namespace: this.namespace },
    }
  }

  /** Starts a gateway that serves the class in these namespaces, as administrator unless `settings` say otherwise; resolves when it is ready. */
  async startGateway(options: GatewayOptions = {}): Promise<GatewayInCluster> {
    const kubernetes = { ...this.kubernetesBlock(), ...options.settings }
    const config = {
      listeners: options.listeners ?? plainListener,
      admin: { address: '127.0.0.1:0' },
      kubernetes,
      ...options.config,
    }
    const process = await GatewayProcess.start(
      config,
      options.workers === undefined ? {} : { workers: options.workers },
    )
    const gateway = new GatewayInCluster(process, config)
    this.#gateways.push(gateway)
    await gateway.ready()
    return gateway
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => gateway[Symbol.asyncDispose]()))
    await this.pods[Symbol.asyncDispose]()
    // Nothing ends namespaces here; their objects would come to every gateway that watches all of them.
    for (const namespace of this.namespaces) {
      for (const kind of ['Ingress', 'EndpointSlice', 'Service', 'Secret'] as const) {
        await this.client.deleteAll(kind, namespace)
      }
    }
    await this.client.delete('IngressClass', { name: this.className })
    this.access[Symbol.dispose]()
  }
}

export interface GatewayOptions {
  /** In place of, and beside, what `kubernetes:` would hold. */
  readonly settings?: Config
  readonly listeners?: readonly Config[]
  /** More of the configuration. */
  readonly config?: Config
  readonly workers?: number
}

const plainListener: readonly Config[] = [{ name: 'web', address: '127.0.0.1:0' }]

/** A gateway's process, asked as clients ask it. */
export class GatewayInCluster implements AsyncDisposable {
  readonly process: GatewayProcess
  /** What it was started with. */
  readonly config: Config

  constructor(process: GatewayProcess, config: Config = {}) {
    this.process = process
    this.config = config
  }

  /** Resolves when it has its first complete state. @throws {Error} with its log when that does not come. */
  async ready(): Promise<void> {
    const isOver = (): boolean => this.process.child.exitCode !== null
    await until(() => this.process.has('ready') || isOver(), 'the gateway is ready', patience).catch(() => {})
    if (!this.process.has('ready')) throw new Error(`the gateway did not become ready:\n${this.lastWords()}`)
  }

  /** The last lines of its log. */
  lastWords(): string {
    const said = [...this.process.log.map((line) => JSON.stringify(line)), ...this.process.odd]
    return said.slice(-20).join('\n')
  }

  /** Asks a listener, the first of the name `web`, without TLS. */
  ask(question: Question = {}, listener = 'web'): Promise<Answer> {
    return askGateway(this.process.port(listener), 'http', question)
  }

  /** Asks a listener with TLS. */
  askSecurely(question: Question = {}, listener = 'web-tls'): Promise<Answer> {
    return askGateway(this.process.port(listener), 'https', question)
  }

  /** Asks until the answer is the one that is waited for; gives it. @param what completes "waited in vain until …". */
  askUntil(
    question: Question,
    wish: {
      readonly is: (answer: Answer) => boolean
      readonly what: string
      readonly scheme?: 'http' | 'https'
    },
  ): Promise<Answer> {
    return eventually(async () => {
      const answer = wish.scheme === 'https' ? await this.askSecurely(question) : await this.ask(question)
      if (wish.is(answer)) return answer
      throw new Error(`the answer is ${answer.status} ${answer.text.slice(0, 500)}`)
    }, wish.what)
  }

  /** The answer of a Service's pod, as soon as one answers. */
  async served(question: Question, service: string): Promise<Answer> {
    return await this.askUntil(question, {
      is: ({ echo }) => echo?.service === service,
      what: `${question.host ?? ''}${question.path ?? '/'} is served by ${service}`,
    })
  }

  /** A document of the admin address. */
  admin(path: string): Promise<unknown> {
    return this.process.admin(path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]()
  }
}
