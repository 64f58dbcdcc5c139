import { GatewayProcess } from '../../../support/gateway-process.ts'
import { RawClient } from '../../../support/raw-client.ts'
import { pause } from '../children.ts'
import { residentKiB } from '../process-stats.ts'

/** A gateway as an Ingress controller, with a worker beside its control process. */
export class Controller implements AsyncDisposable {
  readonly process: GatewayProcess
  /** From the start of the process to ready. */
  readonly readyMs: number

  constructor(process: GatewayProcess, readyMs: number) {
    this.process = process
    this.readyMs = readyMs
  }

  get port(): number {
    return this.process.port('web')
  }

  workers(): number[] {
    return this.process.workers()
  }

  /** Resident memory of the control process, MiB. */
  controlMiB(): number {
    return residentKiB([this.process.pid]) / 1024
  }

  client(): Promise<RawClient> {
    return RawClient.connect(this.port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]()
  }
}

/** Two workers, so that the control process carries no traffic. */
export async function startController(kubeconfig: string, workers = 2): Promise<Controller> {
  const began = performance.now()
  const process = await GatewayProcess.start(
    {
      listeners: [{ name: 'web', address: '127.0.0.1:0' }],
      admin: { address: '127.0.0.1:0' },
      accessLog: { to: 'off' },
      kubernetes: { kubeconfig },
    },
    { workers },
  )
  while (!process.has('ready')) await pause(2)
  return new Controller(process, performance.now() - began)
}
