import type { KubernetesSettings, ObjectName } from '../../../src/model/kubernetes-settings.ts'
import type { KubernetesApi } from '../../../src/sources/kubernetes/api.ts'
import { KubernetesSource } from '../../../src/sources/kubernetes/source.ts'
import type { ObjectChanges } from '../../../src/translate/kubernetes/objects.ts'
import { FakeClock } from '../fake-clock.ts'
import { kubernetesSettings } from './api-settings.ts'
import { connectTo } from './connection.ts'
import { FakeApiServer } from './fake-api-server.ts'
import type { FakeObject } from './fake-store.ts'

/** Collections by the word that tests use. */
export const collections = {
  ingress: '/apis/networking.k8s.io/v1/ingresses',
  class: '/apis/networking.k8s.io/v1/ingressclasses',
  service: '/api/v1/services',
  slice: '/apis/discovery.k8s.io/v1/endpointslices',
  secret: '/api/v1/secrets',
  configMap: '/api/v1/configmaps',
  node: '/api/v1/nodes',
  namespace: '/api/v1/namespaces',
  grant: '/apis/gateway.networking.k8s.io/v1beta1/referencegrants',
} as const

export interface SourceParts {
  readonly settings?: Partial<KubernetesSettings>
  readonly env?: Readonly<Record<string, string>>
  readonly ownService?: ObjectName
}

/** A source against the fake API server over real sockets, on a clock that the test moves. */
export class SourceStage implements AsyncDisposable {
  readonly fake: FakeApiServer
  readonly clock: FakeClock
  readonly source: KubernetesSource
  readonly #api: KubernetesApi & Disposable
  /** Calls of `onChange` that nobody waited for yet. */
  #calls = 0
  #waiting: { readonly isDone: () => boolean; readonly resolve: () => void }[] = []

  private constructor(
    fake: FakeApiServer,
    api: KubernetesApi & Disposable,
    { settings, env = {}, ownService, clock }: SourceParts & { readonly clock: FakeClock },
  ) {
    this.fake = fake
    this.#api = api
    this.clock = clock
    this.source = new KubernetesSource({
      settings: kubernetesSettings(settings),
      ownService,
      api: this.#observed(api),
      clock: this.clock,
      random: () => 0.5,
      env,
      onChange: () => {
        this.#calls += 1
        this.#wake()
      },
      onStatus: () => {
        this.#wake()
      },
    })
  }

  /** @param fill writes what is there before the source starts. */
  static async make(
    parts: SourceParts = {},
    fill: (stage: SourceStage) => void = () => {},
  ): Promise<SourceStage> {
    const fake = await FakeApiServer.start()
    const clock = new FakeClock()
    const api = await connectTo({ url: fake.url, token: 'fake-token' }, clock)
    const stage = new SourceStage(fake, api, { ...parts, clock })
    fill(stage)
    return stage
  }

  /** A stage whose source is complete. */
  static async complete(
    parts: SourceParts = {},
    fill: (stage: SourceStage) => void = () => {},
  ): Promise<SourceStage> {
    const stage = await SourceStage.make(parts, fill)
    stage.source.start()
    await stage.changed()
    return stage
  }

  put(kind: keyof typeof collections, ...objects: readonly Record<string, unknown>[]): void {
    for (const object of objects) this.fake.store.create(collections[kind], object as unknown as FakeObject)
  }

  /** Writes an object that is there. */
  change(kind: keyof typeof collections, object: Record<string, unknown>): void {
    const { metadata, ...rest } = object as unknown as FakeObject
    const unversioned = { ...metadata }
    delete unversioned.resourceVersion
    this.fake.store.replace(collections[kind], { ...rest, metadata: unversioned })
  }

  remove(kind: keyof typeof collections, namespace: string, name: string): void {
    this.fake.store.delete(collections[kind], `${namespace}/${name}`)
  }

  /** Calls of `onChange` since the last `changed`. */
  get calls(): number {
    return this.#calls
  }

  /** What changed, as soon as the source says that something did. */
  async changed(): Promise<ObjectChanges> {
    await this.until(() => this.#calls > 0)
    this.#calls = 0
    return this.source.takeChanges()
  }

  /** Kept when a condition holds; looked at after each call of the source and each line of a watch. */
  async until(isDone: () => boolean): Promise<void> {
    if (isDone()) return
    await new Promise<void>((resolve) => this.#waiting.push({ isDone, resolve }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source[Symbol.asyncDispose]()
    this.#api[Symbol.dispose]()
    await this.fake[Symbol.asyncDispose]()
  }

  /** Conditions are looked at after each line of a watch too: not every one makes the source say something. */
  #observed(api: KubernetesApi): KubernetesApi {
    return {
      server: api.server,
      request: (...asked) => api.request(...asked),
      watch: (path, onLine, options) => {
        const observe = (line: unknown) => {
          onLine(line)
          this.#wake()
        }
        return api.watch(path, observe, options)
      },
    }
  }

  #wake(): void {
    const done = this.#waiting.filter(({ isDone }) => isDone())
    this.#waiting = this.#waiting.filter((one) => !done.includes(one))
    for (const { resolve } of done) resolve()
  }
}
