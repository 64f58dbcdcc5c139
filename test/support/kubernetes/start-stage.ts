import { KubernetesStart } from '../../../src/control/kubernetes/kubernetes-start.ts'
import { FakeClock } from '../fake-clock.ts'
import { FakeMaterials } from '../fake-materials.ts'
import { modelOf } from '../model.ts'
import { until } from '../raw-client.ts'
import { kubernetesSettings } from './translation.ts'

/** The start of a Kubernetes source, with what it says and a clock that stands still. */
export class StartStage {
  /** `error kubernetes cannot be reached …`. */
  readonly said: string[] = []
  /** `lastError` of what was told of the sources. */
  readonly told: string[] = []
  readonly clock = new FakeClock()
  readonly start: KubernetesStart

  /** @param env as the process has it. @param kubeconfig the path of a file. */
  constructor(env: Readonly<Record<string, string | undefined>>, kubeconfig: string) {
    this.start = new KubernetesStart({
      settings: modelOf('listeners: [{ name: web, address: ":8080" }]').settings,
      env,
      clock: this.clock,
      random: () => 0.5,
      materials: new FakeMaterials(),
      say: (level, message) => this.said.push(`${level} ${message}`),
      onDue: () => undefined,
      onSources: ({ sources }) => this.told.push(...sources.map(({ lastError }) => lastError)),
    })
    this.start.start(kubernetesSettings({ kubeconfig }))
  }

  /** The line of the log with this number, once it is said. */
  async line(index: number): Promise<string> {
    await until(() => this.said.length > index, `line ${index} is said`)
    return this.said[index] ?? ''
  }

  /** Lets the time go by after which it is tried again, and tells how the sources stand. */
  tryAgain(): void {
    this.clock.advance(30_000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.start.stop(0)
  }
}
