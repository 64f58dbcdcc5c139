import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { KubernetesSettings, ObjectName } from '../../model/kubernetes-settings.ts'
import type { Settings } from '../../model/settings.ts'
import { ApiError } from '../../sources/kubernetes/api.ts'
import { CredentialsError } from '../../sources/kubernetes/client/kubeconfig.ts'
import type { Clock } from '../../std/clock.ts'
import type { Random } from '../../std/random.ts'
import type { Ms } from '../../std/units.ts'
import type { MaterialSource } from '../../translate/material-source.ts'
import { backoffDelay } from '../backoff.ts'
import type { SourcesReport } from '../loader-messages.ts'
import type { KubernetesHalf } from './kubernetes-half.ts'
import { type Say, whyOf } from './say.ts'
import { ownAddresses } from './surroundings.ts'

export interface KubernetesStartDeps {
  readonly settings: Settings
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly random: Random
  readonly materials: MaterialSource
  readonly say: Say
  readonly onDue: () => void
  readonly onSources: (report: SourcesReport) => void
}

const retry: { base: Ms; max: Ms } = { base: 500, max: 30_000 }
/** How often it is told how the sources stand, at most. */
const tellEvery: Ms = 1_000

/**
 * Loads what Kubernetes needs and connects; until then, and while there are no credentials, it is waited for. The code costs
 * 80 MiB and half a second, so that nothing of it is loaded where no Kubernetes source is configured.
 */
export class KubernetesStart {
  readonly #deps: KubernetesStartDeps
  #half: KubernetesHalf | undefined
  #lastError = ''
  #errors = 0
  #stopped = false
  #isComplete = false
  #timer: unknown
  #telling: unknown
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(deps: KubernetesStartDeps) {
    this.#deps = deps
  }

  /** `undefined` until it is connected. */
  get half(): KubernetesHalf | undefined {
    return this.#half
  }

  start(settings: KubernetesSettings): void {
    void this.#try(settings, 1)
  }

  waitingFor(): readonly string[] {
    if (this.#half !== undefined) return this.#half.waitingFor()
    return [this.#lastError === '' ? 'kubernetes' : `kubernetes: ${this.#lastError}`]
  }

  async stop(atMost: Ms): Promise<void> {
    this.#stopped = true
    this.#deps.clock.clearTimeout(this.#timer)
    this.#deps.clock.clearTimeout(this.#telling)
    await this.#half?.stop(atMost)
  }

  async #try(kubernetes: KubernetesSettings, attempt: number): Promise<void> {
    const { clock, random } = this.#deps
    try {
      await this.#connect(kubernetes)
    } catch (error) {
      if (this.#stopped) return
      this.#failed(error)
      const delay = backoffDelay(attempt, retry.base, retry.max, random)
      this.#timer = clock.setTimeout(() => void this.#try(kubernetes, attempt + 1), delay)
    }
    this.#tellSoon()
  }

  async #connect(kubernetes: KubernetesSettings): Promise<void> {
    const { env, clock, random, say, settings, materials, onDue } = this.#deps
    const [{ connectKubernetes }, { KubernetesHalf }] = await Promise.all([
      import('../../sources/kubernetes/connect.ts'),
      import('./kubernetes-half.ts'),
    ])
    const api = await connectKubernetes(kubernetes, { env, clock })
    if (this.#stopped) return
    say('info', `kubernetes: reading from ${api.server}`, { server: api.server })
    await using started = new AsyncDisposableStack()
    const half = started.use(
      new KubernetesHalf({
        settings: kubernetes,
        ownService: countedService(settings, kubernetes),
        api,
        env,
        clock,
        materials,
        say,
        random,
        own: ownAddresses(settings),
        identity: `${env['POD_NAME'] ?? hostname()}_${randomBytes(4).toString('hex')}`,
        onStatus: () => this.#tellSoon(),
        onDue: () => {
          this.#tellComplete()
          onDue()
        },
      }),
    )
    half.start()
    started.move()
    this.#half = half
  }

  /** Told once as long as it stays the same. */
  #failed(error: unknown): void {
    const isOurs = isMistake(error)
    const why = `${isOurs ? 'a mistake of the gateway: ' : ''}${whyOf(error)}`
    const level = why === this.#lastError ? 'debug' : 'error'
    this.#errors += 1
    this.#lastError = why
    this.#deps.say(
      level,
      isOurs
        ? `the source kubernetes could not be started, and is tried again; please report it: ${stackOf(error)}`
        : `kubernetes cannot be reached; it is tried again: ${why}`,
    )
  }

  /** Whoever sees that it is ready may ask at once how the sources stand. */
  #tellComplete(): void {
    if (this.#isComplete) return
    this.#isComplete = true
    this.#tell()
  }

  #tellSoon(): void {
    if (this.#telling !== undefined) return
    const { clock } = this.#deps
    const wait = Math.max(0, this.#toldAt + tellEvery - clock.now())
    this.#telling = clock.setTimeout(() => {
      this.#telling = undefined
      this.#toldAt = clock.now()
      this.#tell()
    }, wait)
  }

  #tell(): void {
    const { onSources } = this.#deps
    const half = this.#half
    if (half !== undefined)
      return onSources({ sources: half.statuses(), isLeader: half.isLeader(), gateways: half.gateways() })
    const facts = { objects: 0, heardAt: 0, relists: 0, errors: this.#errors, lastError: this.#lastError }
    onSources({ sources: [{ name: 'kubernetes', state: 'starting', ...facts }], isLeader: undefined })
  }
}

/** The Service whose endpoints are the gateways, where somebody asks how many there are. */
function countedService({ redis }: Settings, { status }: KubernetesSettings): ObjectName | undefined {
  return redis?.replicas === 'auto' && status.from === 'service' ? status.service : undefined
}

/** Whether an error is a mistake of ours: neither credentials, nor the API server, nor the host is to blame. */
function isMistake(error: unknown): boolean {
  const isTold = error instanceof CredentialsError || error instanceof ApiError
  return !isTold && (error as Partial<NodeJS.ErrnoException> | undefined)?.syscall === undefined
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
