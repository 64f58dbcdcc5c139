import type { KubeClient } from '../../../support/kubernetes/kube-client.ts'
import { percentile } from '../../../support/load-client.ts'
import { type RawClient, status } from '../../../support/raw-client.ts'
import { pause } from '../children.ts'
import { figure, type Row, row } from '../statistics.ts'
import { podPorts } from './pods.ts'
import { changing, hostOf, ingressOf, sliceOf } from './population.ts'
import type { Controller } from './subject.ts'

/** Changes beside the one that is measured, each second. */
const othersPerSecond = 20

/** From the API server's answer to a write until the first request that goes the new way, alone and beside other changes. */
export async function changeRows(client: KubeClient, controller: Controller, times: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const beside of ['alone', 'busy'] as const) {
    const end = new AbortController()
    const others = beside === 'busy' ? changeOthers(client, end.signal) : Promise.resolve(0)
    console.log(`\nchanges: ${times} Ingresses, then ${times} slices, ${beside}`)
    const shape = await measure(times, controller, (i) => ingressChange(client, i))
    const slices = await measure(times, controller, (i) => sliceChange(client, i))
    end.abort()
    const count = await others
    const note = beside === 'busy' ? `, beside ${othersPerSecond} other changes a second (${count})` : ''
    rows.push(
      line(`one Ingress changed, p99${note}`, shape, 400, 100),
      line(`one EndpointSlice changed, p99${note}`, slices, 200, 50),
    )
  }
  const memory = figure([controller.controlMiB()])
  rows.push(
    row(
      'control process, resident after the changes',
      { kind: 'at most', must: 250, aim: 200, unit: ' MiB', digits: 0 },
      memory,
    ),
  )
  return rows
}

/** What is written, and how an answer shows that it is in force. */
interface Change {
  readonly write: () => Promise<unknown>
  readonly path: string
  readonly isThere: (status: number, body: string) => boolean
}

function ingressChange(client: KubeClient, i: number): Change {
  const path = `/changed-${i}`
  const write = () => client.apply(ingressOf(changing, path))
  return { write, path, isThere: (code) => code === 200 }
}

function sliceChange(client: KubeClient, i: number): Change {
  const port = podPorts[(i + 1) % 2] ?? 0
  const write = () => client.apply(sliceOf(changing, port))
  return { write, path: '/p0', isThere: (_, body) => body === String(port) }
}

async function measure(
  times: number,
  controller: Controller,
  changeOf: (i: number) => Change,
): Promise<number[]> {
  const waits: number[] = []
  const asking = await controller.client()
  for (let i = 0; i < times; i++) {
    const { write, path, isThere } = changeOf(i)
    await write()
    const written = performance.now()
    for (;;) {
      const { code, body } = await ask(asking, path)
      if (isThere(code, body)) break
      if (performance.now() - written > 30_000)
        throw new Error(`a change did not come into force within 30 s`)
    }
    waits.push(performance.now() - written)
    await pause(120 + (i % 7) * 10)
  }
  asking.socket.destroy()
  return waits
}

async function ask(client: RawClient, path: string): Promise<{ code: number; body: string }> {
  const index = client.responses.length
  const response = await client
    .send(`GET ${path} HTTP/1.1\r\nHost: ${hostOf(changing)}\r\n\r\n`)
    .response(index)
  return { code: status(response), body: Buffer.concat(response.pieces).toString() }
}

/** Half of them Ingresses, half of them slices, of other hosts and Services. */
async function changeOthers(client: KubeClient, end: AbortSignal): Promise<number> {
  let count = 0
  const began = performance.now()
  while (!end.aborted) {
    const i = (count * 7) % 400
    if (count % 2 === 0) await client.apply(ingressOf(i, `/other-${count}`))
    else await client.apply(sliceOf(i, podPorts[count & 2 ? 0 : 1] ?? 0))
    count += 1
    await pause(Math.max(0, (count * 1000) / othersPerSecond - (performance.now() - began)))
  }
  return count
}

function line(what: string, waits: readonly number[], must: number, aim: number): Row {
  const p99 = percentile(waits, 0.99)
  const middle = percentile(waits, 0.5)
  const note = `p50 ${middle.toFixed(0)} ms, slowest ${percentile(waits, 1).toFixed(0)} ms, of ${waits.length}`
  return row(what, { kind: 'at most', must, aim, unit: ' ms', digits: 0 }, figure([p99]), note)
}
