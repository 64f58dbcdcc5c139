import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { until } from '../support/raw-client.ts'
import { root } from '../support/source-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-quickstart-'))
const file = join(folder, 'quickstart.yaml')
const hasCurl = spawnSync('curl', ['--version']).status === 0
let quickstart: ChildProcess
let printed = ''

/** Ports that nobody has, as many as asked. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  return ports
}

before(async () => {
  const original = readFileSync(join(root, 'config/quickstart.yaml'), 'utf8')
  const fixed = [...new Set(original.match(/(?<=127\.0\.0\.1:)\d+/g))]
  const ports = await freePorts(fixed.length + 1)
  const moved = fixed.reduce(
    (text, port, i) => text.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${ports[i]}`),
    original,
  )
  writeFileSync(file, `${moved}\nadmin: { address: "127.0.0.1:${ports.at(-1)}" }\n`)
  quickstart = spawn(process.execPath, ['src/cli/quickstart.ts', file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  quickstart.stdout?.on('data', (data) => {
    printed += String(data)
  })
  await until(() => printed.includes('Ctrl-C ends all'), 'the quickstart runs', 30_000)
})

after(() => {
  quickstart.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

/** The printed line that shows `what`. */
function lineFor(what: RegExp): string {
  const lines = printed.split('\n')
  const at = lines.findIndex((line) => what.test(line))
  return lines[at - 1]?.trim() ?? ''
}

function run(line: string): string {
  const launcher = `${process.execPath} ${join(root, 'src/cli/launcher.js')}`
  const { stdout } = spawnSync('sh', ['-c', line.replace('npx tidegate', launcher)], { encoding: 'utf8' })
  return stdout
}

describe('npm start', { skip: hasCurl ? false : 'curl is not installed' }, () => {
  for (const [shows, sees] of [
    [/one request in ten/, /^hello from web-v[12] at/],
    [/shows the headers/, /^hello from api at [^]*x-forwarded-for: 127\.0\.0\.1[^]*x-request-id: /],
    [/web-v2, always/, /^hello from web-v2 at/],
    [/never an error/, /^hello from api at/],
    [/a redirect to/, /^HTTP\/1\.1 302 [^]*location: \S+\/api\/page\r/],
    [/the gateway itself answers/, /^hello from the gateway itself\n$/],
    [/404, with its reason/, /^HTTP\/1\.1 404 [^]*no_route_path/],
    [/the whole chain/, /^outcome +forwarded to web-v1 or web-v2$/m],
    [/what was counted/, /^tidegate_requests_total\{.*status_class="2xx"\} [1-9]/m],
  ] as const) {
    test(`prints a line that shows ${shows.source}, and it does`, () => {
      assert.match(run(lineFor(shows)), sees)
    })
  }

  test('tries a failed answer again at the other endpoint, every time', () => {
    const line = lineFor(/never an error/)

    const answers = Array.from({ length: 6 }, () => run(line))

    assert.ok(answers.every((answer) => answer.startsWith('hello from api at')))
  })

  test('says which ports are taken', async () => {
    const second = spawn(process.execPath, ['src/cli/quickstart.ts', file], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    second.stdout.on('data', (data) => {
      text += String(data)
    })

    const [code] = (await once(second, 'close')) as [number]

    assert.equal(code, 1)
    assert.match(text, /^in use: 127\.0\.0\.1:\d+.*stop what holds it/)
  })

  test('ends everything on Ctrl-C', async () => {
    quickstart.kill('SIGINT')

    assert.deepEqual(await once(quickstart, 'exit'), [0, null])
  })
})
