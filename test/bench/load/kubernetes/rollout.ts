import { createServer, type Server } from 'node:http'
import type { V1Endpoint } from '@kubernetes/client-node'
import type { KubeClient } from '../../../support/kubernetes/kube-client.ts'
import { ingress, serviceObject, slice } from '../../../support/kubernetes/objects.ts'
import { load } from '../../../support/load-client.ts'
import { pause } from '../children.ts'
import { figure, invalid, type Row, row } from '../statistics.ts'
import { className, namespace } from './population.ts'
import type { Controller } from './subject.ts'

const replicas = 5
const host = 'rolling.bench.test'
/** As a Deployment does: a new pod, then an old one goes; its process ends a while after its endpoint is marked. */
const step = { ready: 60, terminating: 150, gone: 60 }

/** Restarts the endpoints of a Deployment one by one, again and again, under load. */
export async function rolloutRow(client: KubeClient, controller: Controller, times: number): Promise<Row> {
  console.log(`\nrollout: ${times} restarts of ${replicas} endpoints under load`)
  const deployment = new Deployment(client)
  await deployment.start()
  const asking = { port: controller.port, request: () => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n` }
  await until200(controller)
  const end = new AbortController()
  const running = load({ ...asking, connections: 16, signal: end.signal })
  for (let i = 0; i < times; i++) await deployment.restart()
  end.abort()
  const result = await running
  await deployment.stop()
  const failed = result.failed + result.refusedByStatus + result.closed + result.notConnected
  const reasons = [...result.reasons].map(([reason, count]) => `${count} ${reason}`).join(', ')
  const line = row(
    `${times} rolling restarts of an upstream under load: failed`,
    { kind: 'at most', must: 0, aim: 0, digits: 0 },
    figure([failed]),
    `of ${result.sent}${reasons === '' ? '' : `: ${reasons}`}`,
  )
  return result.sent > 1000 ? line : invalid(line, 'hardly any load')
}

/** Pods that come and go, and the slice that says so. */
class Deployment {
  readonly #client: KubeClient
  readonly #pods: { readonly address: string; readonly server: Server; terminating: boolean }[] = []
  #next = 0

  constructor(client: KubeClient) {
    this.#client = client
  }

  async start(): Promise<void> {
    await this.#client.create(
      serviceObject({ namespace, name: 'rolling', ports: { http: { port: 80, targetPort: 9376 } } }),
    )
    for (let i = 0; i < replicas; i++) await this.#add()
    await this.#write()
    const rules = { [host]: { '/': 'rolling:http' } }
    await this.#client.create(ingress({ namespace, name: 'rolling', className, rules }))
  }

  /** Replaces every pod once. */
  async restart(): Promise<void> {
    for (let i = 0; i < replicas; i++) {
      await this.#add()
      await this.#write()
      await pause(step.ready)
      const old = this.#pods[0]
      if (old === undefined) return
      old.terminating = true
      await this.#write()
      await pause(step.terminating)
      old.server.close()
      old.server.closeAllConnections()
      this.#pods.shift()
      await this.#write()
      await pause(step.gone)
    }
  }

  async stop(): Promise<void> {
    for (const { server } of this.#pods) {
      server.close()
      server.closeAllConnections()
    }
  }

  async #add(): Promise<void> {
    const address = `10.244.200.${1 + (this.#next++ % 250)}`
    const server = createServer((_, response) => {
      setTimeout(() => response.end('rolling'), 2)
    })
    await new Promise<void>((resolve) => server.listen(9376, address, resolve))
    this.#pods.push({ address, server, terminating: false })
  }

  async #write(): Promise<void> {
    const endpoints = this.#pods.map(({ address, terminating }): V1Endpoint => {
      return { addresses: [address], conditions: { ready: !terminating, serving: true, terminating } }
    })
    await this.#client.apply(slice({ namespace, service: 'rolling', ports: { http: 9376 }, endpoints }))
  }
}

async function until200(controller: Controller): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const { answered } = await load({
      port: controller.port,
      connections: 1,
      total: 1,
      request: () => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    })
    if (answered === 1) return
    await pause(25)
  }
  throw new Error('the rolling Deployment was not served within 5 s')
}
