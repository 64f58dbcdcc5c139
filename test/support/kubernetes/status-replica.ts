import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Leadership } from '../../../src/control/kubernetes/lease.ts'
import type { LeaseTimes } from '../../../src/control/kubernetes/lease-times.ts'
import { statusOf } from '../../../src/control/kubernetes/say.ts'
import { StatusWriter } from '../../../src/control/kubernetes/status-writer.ts'
import type { KubernetesApi } from '../../../src/sources/kubernetes/api.ts'
import { connectKubernetes } from '../../../src/sources/kubernetes/connect.ts'
import { systemClock } from '../../../src/std/clock.ts'
import { eventually } from './eventually.ts'
import { IngressView } from './ingress-view.ts'

/** What a replica is started with. */
export interface ReplicaOrder {
  readonly kubeconfig: string
  readonly identity: string
  /** Of the Lease and of the Ingresses. */
  readonly namespace: string
  readonly address: string
  readonly times: LeaseTimes
}

/** What happened in it. */
export type ReplicaEvent =
  | { readonly kind: 'asked'; readonly method: string; readonly path: string }
  | { readonly kind: 'answered'; readonly method: string; readonly path: string; readonly status: number }
  | { readonly kind: 'leader'; readonly isLeader: boolean }
  | { readonly kind: 'warm' }

/** `warm` looks at the Ingresses that are there, and opens connections for later; `accept` serves those that were seen last but one. */
export type ReplicaCommand = { readonly kind: 'warm' } | { readonly kind: 'accept'; readonly without: string }

/** A process of its own that elects and writes status, and does nothing else. */
export class StatusReplica implements AsyncDisposable {
  readonly identity: string
  readonly events: ReplicaEvent[] = []
  readonly #child: ChildProcess
  #log = ''

  constructor(order: ReplicaOrder) {
    this.identity = order.identity
    this.#child = fork(import.meta.filename, [JSON.stringify(order)], { silent: true })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text
      })
    this.#child.on('message', (event: ReplicaEvent) => this.events.push(event))
  }

  command(command: ReplicaCommand): void {
    this.#child.send(command)
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** What it logged since the last time. */
  takeLog(): string {
    const log = this.#log
    this.#log = ''
    return log
  }

  get isLeader(): boolean {
    return this.events.findLast((event) => event.kind === 'leader')?.isLeader ?? false
  }

  /** Where an event stands among those from `from` on; -1 when it has not happened. */
  indexOf(wanted: (event: ReplicaEvent) => boolean, from = 0): number {
    return this.events.findIndex((event, i) => i >= from && wanted(event))
  }

  /** Waits until it has happened. */
  async until(wanted: (event: ReplicaEvent) => boolean, what: string, from = 0): Promise<void> {
    await eventually(() => (this.indexOf(wanted, from) >= 0 ? true : undefined), `${this.identity} ${what}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}

/** Tells of every request and what came of it. */
function told(api: KubernetesApi): KubernetesApi {
  return {
    server: api.server,
    watch: (path, onLine, options) => api.watch(path, onLine, options),
    async request(method, path, options) {
      tell({ kind: 'asked', method, path })
      try {
        const answer = await api.request(method, path, options)
        tell({ kind: 'answered', method, path, status: 200 })
        return answer
      } catch (error) {
        tell({ kind: 'answered', method, path, status: statusOf(error) })
        throw error
      }
    },
  }
}

function tell(event: ReplicaEvent): void {
  process.send?.(event)
}

async function runReplica(order: ReplicaOrder): Promise<void> {
  const { namespace, identity, address, times, kubeconfig } = order
  const settings = { kubeconfig, context: undefined }
  const connection = await connectKubernetes(settings, { env: {}, clock: systemClock })
  const view = await IngressView.open(connection, namespace)
  const common = {
    api: told(connection),
    clock: systemClock,
    random: Math.random,
    log: (level: string, message: string) => console.error(`${identity} ${level} ${message}`),
  }
  const leadership = new Leadership({
    ...common,
    identity,
    namespace,
    name: 'tidegate',
    times,
    onChange(isLeader) {
      tell({ kind: 'leader', isLeader })
      writer.onLeader(isLeader)
    },
  })
  const writer = new StatusWriter({
    ...common,
    ingresses: view.ingresses,
    ingressStatus: view.ingressStatus,
    term: leadership,
    manager: `tidegate@${namespace}`,
    limits: { atOnce: 5, perSecond: 100, look: 200, refresh: 60_000 },
    addresses: () => ({ kind: 'known', addresses: [address] }),
  })
  process.on('message', (command: ReplicaCommand) => {
    if (command.kind === 'accept') writer.accept(view.refs().filter(({ name }) => name !== command.without))
    else void warmUp(connection, view)
  })
  leadership.start()
  writer.start()
}

async function warmUp(api: KubernetesApi, view: IngressView): Promise<void> {
  await view.refresh()
  await Promise.all(Array.from({ length: 6 }, () => api.request('GET', '/version')))
  tell({ kind: 'warm' })
}

if (import.meta.main) {
  process.on('disconnect', () => process.exit())
  await runReplica(JSON.parse(process.argv[2] ?? '') as ReplicaOrder)
}
