import type { Parts } from '../../model/build.ts'
import type { KubernetesSettings, ObjectName } from '../../model/kubernetes-settings.ts'
import type { SourceStatus } from '../../model/source-status.ts'
import type { KubernetesApi } from '../../sources/kubernetes/api.ts'
import { KubernetesSource } from '../../sources/kubernetes/source.ts'
import type { Clock } from '../../std/clock.ts'
import type { Ms } from '../../std/units.ts'
import type { KubernetesPieces, MembershipPieces } from '../../translate/kubernetes/pieces.ts'
import { KubernetesTranslator } from '../../translate/kubernetes/translator.ts'
import type { MaterialSource } from '../../translate/material-source.ts'
import { paced } from '../paced.ts'
import { spaced } from '../spaced.ts'
import { gatewaysIn } from './gateways-in.ts'
import { KubernetesReporter } from './reporter.ts'
import type { Say } from './say.ts'
import { besideFiles, type OwnAddresses } from './surroundings.ts'

export interface KubernetesHalfDeps {
  readonly settings: KubernetesSettings
  /** The Service in front of the gateways; they are counted by its endpoints. */
  readonly ownService?: ObjectName | undefined
  readonly api: KubernetesApi
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly random: () => number
  readonly materials: MaterialSource
  readonly own: OwnAddresses
  /** Who we are among replicas. */
  readonly identity: string
  readonly say: Say
  /** There is something to be taken. */
  readonly onDue: () => void
  readonly onStatus: () => void
}

/** Shape: the first change goes out at once, those that follow are collected (architecture §6). */
const shapePace = { quiet: 100, most: 200 }
/** Membership is cheap, and a pod that goes must not get requests for long. Where much moves, more of it goes out together. */
const membershipApart: Ms = 50
const muchApart: Ms = 100
/** Services of one change from which on it is much. */
const much = 3

/** A mistake of ours is made again with the same objects, most of the time. */
const afterMistake: Ms = 30_000

/** Kubernetes as a source, with what is said back to it: hears, decides when a change is due, translates. */
export class KubernetesHalf implements AsyncDisposable {
  readonly #deps: KubernetesHalfDeps
  readonly #source: KubernetesSource
  readonly #translator: KubernetesTranslator
  readonly #reporter: KubernetesReporter
  readonly #shape: ReturnType<typeof paced>
  readonly #membership: ReturnType<typeof spaced>
  #isShapeDue = false
  #isMembershipDue = false
  readonly #services = new Set<string>()
  #isMuch = false
  #looking: unknown

  constructor(deps: KubernetesHalfDeps) {
    const { settings, api, env, clock, random, onDue } = deps
    this.#deps = deps
    this.#source = new KubernetesSource({
      settings,
      ownService: deps.ownService,
      api,
      clock,
      random,
      env,
      onChange: () => this.#onChange(),
      onStatus: deps.onStatus,
    })
    this.#translator = new KubernetesTranslator(settings)
    const { objects } = this.#source
    this.#reporter = new KubernetesReporter({
      api,
      settings,
      clock,
      random,
      identity: deps.identity,
      namespace: settings.leaderElection.namespace ?? env['POD_NAMESPACE'] ?? 'default',
      service: (namespace, name) => objects.service(namespace, name),
      nodeAddresses: () => this.#source.nodeAddresses(),
      ingresses: () => objects.ingresses(),
      ingressStatus: (namespace, name) => objects.ingressStatus(namespace, name),
      log: deps.say,
    })
    this.#shape = paced(
      () => {
        this.#isShapeDue = true
        onDue()
      },
      { clock, ...shapePace },
    )
    this.#membership = spaced(
      () => {
        this.#isMembershipDue = true
        onDue()
      },
      clock,
      () => (this.#isMuch ? muchApart : membershipApart),
    )
  }

  start(): void {
    this.#source.start()
    this.#reporter.start()
  }

  /** What has not given its first complete state yet; empty once everything has. */
  waitingFor(): readonly string[] {
    return this.#source.isComplete() ? [] : this.#source.waitingFor()
  }

  statuses(): readonly SourceStatus[] {
    return this.#source.statuses()
  }

  /** How many gateways there are by the Service in front of them, this one included; `undefined` where that is not known. */
  gateways(): number | undefined {
    return gatewaysIn(this.#source.ownSlices())
  }

  /** Takes what is due, of whatever kind, to be translated with everything else; false when nothing is. */
  take(): boolean {
    const isDue = this.#isShapeDue || this.#isMembershipDue
    this.#isShapeDue = false
    this.#isMembershipDue = false
    this.#services.clear()
    return isDue
  }

  /** Takes the Services, `namespace/name`, of which only endpoints can have changed; `undefined` when more is due, or nothing. */
  takeMembership(): ReadonlySet<string> | undefined {
    if (this.#isShapeDue || !this.#isMembershipDue) return undefined
    this.#isMembershipDue = false
    const services = new Set(this.#services)
    this.#services.clear()
    this.#isMuch = services.size >= much
    return services
  }

  /**
   * Translates everything; what did not change is remembered.
   *
   * @param files the listeners are theirs.
   * @returns `undefined` after a mistake of ours, which must not take anything away; it is tried again.
   */
  translate(files: Parts): KubernetesPieces | undefined {
    return this.#tried(() => {
      const { clock, materials, own, settings } = this.#deps
      const surroundings = { ...besideFiles(files, settings), materials, now: clock.wall(), own }
      const pieces = this.#source.renew((objects) => this.#translator.translate(objects, surroundings))
      this.#lookAgain(this.#translator.nextLook())
      return pieces
    })
  }

  /** Endpoints of some Services alone; `undefined` after a mistake of ours. */
  membership(services: ReadonlySet<string>): MembershipPieces | undefined {
    return this.#tried(() => this.#translator.membership(this.#source.objects, services))
  }

  /** Has the problems of a model told, and the status of its Ingresses written once it is in force. */
  report(hash: string, { problems, accepted }: Pick<KubernetesPieces, 'problems' | 'accepted'>): void {
    this.#reporter.report({ hash, problems, accepted })
  }

  inForce(hash: string): void {
    this.#reporter.inForce(hash)
  }

  isLeader(): boolean {
    return this.#reporter.isLeader()
  }

  /** Takes back what was said, as far as nobody else is left to say it. */
  async stop(atMost: Ms): Promise<void> {
    this.#quiet()
    await this.#reporter.stop(atMost)
    await this.#source[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#quiet()
    await this.#reporter[Symbol.asyncDispose]()
    await this.#source[Symbol.asyncDispose]()
  }

  #tried<T>(run: () => T): T | undefined {
    const { clock, say } = this.#deps
    try {
      return run()
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
      say('error', `objects could not be translated, and what is in force stays; please report it: ${why}`)
      this.#lookAgain(clock.wall() + afterMistake)
      return undefined
    }
  }

  #quiet(): void {
    this.#shape[Symbol.dispose]()
    this.#membership[Symbol.dispose]()
    this.#deps.clock.clearTimeout(this.#looking)
  }

  #onChange(): void {
    const { shape, services } = this.#source.takeChanges()
    for (const service of services) this.#services.add(service)
    if (shape) this.#shape.touch()
    if (services.size > 0) this.#membership.touch()
  }

  /** Time alone changes something: a host whose cooling ends. */
  #lookAgain(at: number | undefined): void {
    const { clock } = this.#deps
    clock.clearTimeout(this.#looking)
    if (at === undefined) return
    const wait = Math.min(Math.max(0, at - clock.wall()), 2 ** 30)
    this.#looking = clock.setTimeout(() => this.#shape.touch(), wait)
  }
}
