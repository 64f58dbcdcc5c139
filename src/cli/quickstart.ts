import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { loadOnce } from '../app/load-once.ts'
import { printAddress } from '../model/address.ts'
import type { SocketAddress } from '../model/listener.ts'
import type { Model } from '../model/model.ts'
import { printProblem } from '../model/problem.ts'
import { demoOrigins, startDemoOrigins } from './demo-origins.ts'
import { quickstartLines } from './quickstart-lines.ts'

// `npm start`: a gateway on config/quickstart.yaml (or the file given) with a demo upstream at each of its endpoints.

const root = join(import.meta.dirname, '../..')
const file = process.argv[2] ?? relative(process.cwd(), join(root, 'config/quickstart.yaml'))
const readyPatienceMs = 30_000

process.exitCode = await quickstart()

async function quickstart(): Promise<number> {
  const { model, problems } = loadOnce([file])
  for (const problem of problems) say(printProblem(problem))
  if (model === undefined) return 1
  const taken = await takenAddresses(model)
  if (taken.length > 0) {
    say(
      `in use: ${taken.join(', ')}; stop what holds it ("ss -ltnp" tells), or write other ports into ${file}`,
    )
    return 1
  }
  using _ = await startDemoOrigins(demoOrigins(model))
  return await runGateway(model)
}

/** Runs the gateway in a process of its own; Ctrl-C reaches it, and its end is ours. */
async function runGateway(model: Model): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => gateway.kill(signal))
  const gateway = spawn(process.execPath, [join(root, 'src/cli/launcher.js'), 'run', '--config', file], {
    stdio: 'inherit',
  })
  const ended = once(gateway, 'exit')
  const isReady = await Promise.race([ready(model), ended.then(() => false)])
  if (isReady) say(welcome(model))
  const [code] = (await ended) as [number | null]
  return code ?? 1
}

function welcome(model: Model): string {
  const lines = quickstartLines(model).flatMap(({ line, shows }) => [`  ${line}`, `      ${shows}`])
  return [
    '',
    `The gateway runs on ${file}, with a demo upstream at each endpoint. Try, in another terminal:`,
    '',
    ...lines,
    '',
    `Edit ${file} while it runs: a good change takes effect at once, a broken one says why. Ctrl-C ends all.`,
    '',
  ].join('\n')
}

/** Addresses that the gateway and the upstreams need and cannot have. */
async function takenAddresses({ listeners, settings, clusters }: Model): Promise<string[]> {
  const admin = settings.admin.address
  const own = [...listeners.map(({ address }) => address), ...(admin === undefined ? [] : [admin])]
  const upstream = clusters.flatMap(({ endpoints }) => endpoints.map(({ address }) => address))
  const taken: string[] = []
  for (const address of [...own, ...upstream]) {
    if (!(await isFree(address))) taken.push(printAddress(address))
  }
  return taken
}

function isFree(address: SocketAddress): Promise<boolean> {
  if (address.kind === 'unix') return Promise.resolve(true)
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false))
    server.listen(address.port, address.host, () => server.close(() => resolve(true)))
  })
}

/** Asks the gateway until it says that it is ready. */
async function ready({ settings }: Model): Promise<boolean> {
  const { address } = settings.admin
  if (address?.kind !== 'tcp') return true
  const end = performance.now() + readyPatienceMs
  while (performance.now() < end) {
    if ((await statusOf(address.host, address.port)) === 200) return true
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
  }
  return false
}

function statusOf(host: string, port: number): Promise<number> {
  return new Promise((resolve) => {
    const asked = get({ host, port, path: '/readyz', agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('error', () => resolve(0))
  })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
