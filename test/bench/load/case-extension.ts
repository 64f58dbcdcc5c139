import { join } from 'node:path'
import { freePort, listening, measuredCpu, start, stop } from './children.ts'
import { checked, cpuRatio, type Rounds, sideBySide } from './compare.ts'
import type { Contender } from './contender.ts'
import { type Row, row } from './statistics.ts'
import { startTidegate } from './subject.ts'

const extension = join(import.meta.dirname, 'extension-under-load.ts')

/** A route with an extension, in the thread of the worker and in one of its own, against Fastify and @fastify/http-proxy alone. */
export async function extensionCase(origin: number, rounds: Rounds): Promise<Row[]> {
  console.log('\nextension: a route with a Fastify plugin, against plain Fastify with @fastify/http-proxy')
  const clusters = { origin: { endpoints: [`127.0.0.1:${origin}`] } }
  const withExtension = async (isolation: 'inline' | 'worker'): Promise<Contender> => {
    const routes = [{ to: 'origin', filters: [{ extension, isolation }] }]
    return { ...(await startTidegate({ origin, config: { routes, clusters } })), name: isolation }
  }
  const contenders = [
    await withExtension('inline'),
    await withExtension('worker'),
    await plainFastify(origin),
  ]

  const [inline = [], worker = [], plain = []] = await sideBySide(contenders, {}, rounds)
  for (const contender of contenders) await contender.stop()
  return [
    checked(
      row(
        'extension, inline, over plain Fastify: CPU per request',
        { kind: 'at most', must: 1, aim: 0.8 },
        cpuRatio(inline, plain),
      ),
      [inline, plain],
    ),
    checked(
      row(
        'extension, in a thread, over plain Fastify: CPU per request',
        { kind: 'at most', must: 1.5, aim: 1.2 },
        cpuRatio(worker, plain),
      ),
      [worker, plain],
    ),
  ]
}

async function plainFastify(origin: number): Promise<Contender> {
  const port = await freePort()
  const script = join(import.meta.dirname, 'plain-fastify.ts')
  const child = start(measuredCpu, process.execPath, [script, String(port), String(origin)])
  await listening(port, 'plain Fastify')
  const pid = child.pid ?? 0
  return { name: 'fastify', port, pids: () => [pid], stop: () => stop(child) }
}
