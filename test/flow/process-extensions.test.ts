import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type TestFolder, testFolder } from '../support/folder.ts'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { load } from '../support/load-client.ts'

let origin: Server
before(async () => {
  origin = createServer((request, response) => {
    if (request.url === '/echo') request.pipe(response)
    else response.end(`origin ${String(request.headers['x-seen'] ?? '')}`)
  })
  await new Promise<void>((resolve) => {
    origin.listen(0, '127.0.0.1', resolve)
  })
})
after(() => origin.close())

/** Marks requests and responses with a version, and does what the path says. */
function extension(version: string, more = ''): string {
  return `import { setImmediate } from 'node:timers/promises'
import plugin from 'fastify-plugin'
${more}
export default plugin(async (app, options) => {
  app.addHook('onRequest', async (request, reply) => {
    request.headers['x-seen'] = '${version}'
    if (request.url === '/block') for (;;);
    if (request.url === '/throw') throw new Error('thrown on purpose')
    if (request.url === '/crash') setTimeout(() => { throw new Error('nobody catches this') })
    if (request.url === '/say') console.log('said', JSON.stringify(process.env), JSON.stringify(options))
    if (request.url === '/leak') for (const kept = [];;) kept.push(Array.from({ length: 10000 }, (_, i) => i + ' ' + kept.length))
    if (request.url === '/table') for (let i = 0, kept = new Set();; i++) kept.add('k' + i)
    if (request.url === '/arrays') for (const kept = [];;) kept.push(new Array(1000))
    if (request.url === '/grow') for (const kept = [];; await setImmediate()) kept.push('k'.repeat(10000) + kept.length, Array(10000).fill(kept.length + 0.5))
    if (request.url === '/crash' || request.url === '/hang') await new Promise(() => {})
  })
  app.addHook('onSend', async (request, reply) => { reply.header('x-version', '${version}') })
})
`
}

function config(filters: readonly Config[], more: Config = {}): Config {
  const { port } = origin.address() as AddressInfo
  return {
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: 'off' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [
      { name: 'with', hosts: ['a.test'], filters, to: 'origin' },
      { name: 'without', hosts: ['a.test'], path: '/without', to: 'origin' },
    ],
    clusters: { origin: { endpoints: [`127.0.0.1:${port}`] } },
    ...more,
  }
}

async function version(gateway: GatewayProcess): Promise<string> {
  const { status, headers } = await gateway.get('/')
  return `${status} ${String(headers['x-version'] ?? headers['x-tidegate-reason'] ?? '')}`
}

async function untilVersion(gateway: GatewayProcess, wanted: string): Promise<void> {
  const end = performance.now() + patience
  for (let last = ''; last !== wanted; last = await version(gateway))
    assert.ok(performance.now() < end, `answers are still ${last}; ${JSON.stringify(gateway.log.slice(-3))}`)
}

/** Starting a thread takes seconds where everything is busy. */
const patience = 30_000

function written(folder: TestFolder, text: string): string {
  return folder.write('my.ts', text)
}

for (const isolation of ['worker', 'inline'] as const) {
  describe(`an extension with isolation: ${isolation}`, () => {
    test('takes requests to the cluster and back', async () => {
      using folder = testFolder()
      const filters = [{ extension: written(folder, extension('1')), isolation }]
      await using gateway = await GatewayProcess.start(config(filters))

      const { status, headers, text } = await gateway.get('/')

      assert.deepEqual([status, headers['x-version'], text], [200, '1', 'origin 1'])
    })

    test('leaves large bodies as they are, both ways', async () => {
      using folder = testFolder()
      const filters = [{ extension: written(folder, extension('1')), isolation }]
      await using gateway = await GatewayProcess.start(config(filters))
      const sent = randomBytes(900_000)

      const asked = { method: 'POST', port: gateway.port(), path: '/echo', headers: { host: 'a.test' } }
      const [response] = (await once(request(asked).end(sent), 'response')) as [IncomingMessage]
      const parts: Buffer[] = await response.toArray()

      assert.equal(response.statusCode, 200)
      assert.ok(Buffer.concat(parts).equals(sent))
    })

    test('is edited five times under load without a failed request', async () => {
      using folder = testFolder()
      const filters = [{ extension: written(folder, extension('0')), isolation }]
      await using gateway = await GatewayProcess.start(config(filters), {
        workers: isolation === 'worker' ? 2 : 1,
      })
      const stop = new AbortController()
      const loaded = load({
        port: gateway.port(),
        connections: 8,
        request: () => 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
        signal: stop.signal,
      })

      try {
        for (const edit of ['1', '2', '3', '4', '5']) {
          written(folder, extension(edit))
          await untilVersion(gateway, `200 ${edit}`)
        }
      } finally {
        stop.abort()
      }
      const { failed, refusedByStatus, closed, answered, reasons } = await loaded

      assert.deepEqual([failed, refusedByStatus, closed], [0, 0, 0], JSON.stringify([...reasons]))
      assert.ok(answered > 0)
    })

    test('goes on as it was when an edit cannot start, and the log says where it fails', async () => {
      using folder = testFolder()
      const file = written(folder, extension('1'))
      await using gateway = await GatewayProcess.start(config([{ extension: file, isolation }]))

      written(folder, extension('2', 'let twice = 1\nlet twice = 2'))
      const line = await gateway.line('an extension cannot start; the last good one goes on serving')
      const during = await version(gateway)
      const failed = await gateway.metric(`tidegate_extension_instances{extension="${file}",state="failed"}`)
      written(folder, extension('3'))
      await untilVersion(gateway, '200 3')

      assert.equal(during, '200 1')
      assert.equal(failed, 1)
      assert.deepEqual(
        [line['why'], line['place']],
        ["SyntaxError: Identifier 'twice' has already been declared", `${file}:4`],
      )
    })

    test('answers 503 when it cannot start at first, until it is mended', async () => {
      using folder = testFolder()
      const file = written(folder, "throw new Error('no table')")
      await using gateway = await GatewayProcess.start(config([{ extension: file, isolation }]))

      const { status } = await gateway.get('/')
      const bystander = await gateway.get('/without')
      const line = await gateway.line(
        'an extension cannot start; its routes answer 503 until its file changes',
      )
      written(folder, extension('1'))
      await untilVersion(gateway, '200 1')

      assert.deepEqual([status, bystander.status], [503, 200])
      assert.deepEqual([line['why'], line['place']], ['Error: no table', `${file}:1`])
    })

    test('that throws gets 500 for that request alone', async () => {
      using folder = testFolder()
      const filters = [{ extension: written(folder, extension('1')), isolation }]
      await using gateway = await GatewayProcess.start(config(filters))

      const thrown = await gateway.get('/throw')

      assert.deepEqual([thrown.status, await version(gateway)], [500, '200 1'])
      assert.doesNotMatch(thrown.text, /thrown on purpose/)
    })
  })
}

describe('the thread of an extension', () => {
  // Whose memory is nearly full looks for some so long that a short watchdog would be first. Of 64 MiB, V8 has not enough for the table
  // of `/table` when it doubles, and would end the process.
  for (const [path, kind, watchdog] of [
    ['/block', 'blocked', '400ms'],
    ['/crash', 'died', '30s'],
    ['/leak', 'died', '30s'],
    ['/table', 'died', '30s'],
    ['/grow', 'died', '30s'],
  ] as const) {
    test(`${path} ends it, its requests get 500, other routes notice nothing, and another starts`, async () => {
      using folder = testFolder()
      const file = written(folder, extension('1'))
      const filters = [{ extension: file, watchdog, memory: '64MiB' }]
      await using gateway = await GatewayProcess.start(config(filters))
      const stop = new AbortController()
      const loaded = load({
        port: gateway.port(),
        connections: 2,
        request: () => 'GET /without HTTP/1.1\r\nHost: a.test\r\n\r\n',
        signal: stop.signal,
      })

      const [hung, ended] = await Promise.all([gateway.get('/hang'), gateway.get(path)])
      const line = await gateway.line('an extension died and is started anew')
      await untilVersion(gateway, '200 1').finally(() => stop.abort())
      const others = await loaded

      assert.deepEqual([hung.status, ended.status], [500, 500])
      assert.ok(String(line['why']).startsWith(kind), String(line['why']))
      assert.equal(others.failed + others.refusedByStatus + others.closed, 0)
      assert.equal(await gateway.metric(`tidegate_extension_restarts_total{extension="${file}"}`), 1)
      assert.equal(
        await gateway.metric(`tidegate_extension_failures_total{extension="${file}",kind="${kind}"}`),
        2,
      )
    })
  }

  test('starts after a crash as it was, whatever its files hold by then', async () => {
    using folder = testFolder()
    const imports = `import { mark } from './mark.ts'
import old from './old.cjs'
const marks = mark + old.part
`
    folder.write('mark.ts', "export const mark = 'm'")
    folder.write('old.cjs', "exports.part = require('./part.cjs')")
    folder.write('part.cjs', "module.exports = 'p'")
    const file = written(folder, extension("1' + marks + '", imports))
    await using gateway = await GatewayProcess.start(config([{ extension: file }]))

    folder.write('mark.ts', 'no module (')
    folder.write('part.cjs', 'no module (')
    rmSync(folder.write('old.cjs', ''))
    written(folder, 'no module (')
    await gateway.line('an extension cannot start; the last good one goes on serving')
    const crashed = await gateway.get('/crash')
    await gateway.line('an extension is ready', 2)

    assert.deepEqual([crashed.status, await version(gateway)], [500, '200 1mp'])
  })

  // V8 of Node 26.10 does not look in such a loop whether it should end.
  test('does not keep the gateway from ending, though it does not end itself', async () => {
    using folder = testFolder()
    const filters = [{ extension: written(folder, extension('1')), watchdog: '400ms' }]
    await using gateway = await GatewayProcess.start(config(filters, { drain: { timeout: '1s' } }))

    const { status } = await gateway.get('/arrays')
    gateway.signal('SIGTERM')

    assert.equal(status, 500)
    assert.match(await gateway.exit(), /^(?:0|SIGKILL)$/)
  })

  test('has a port of its own that nobody hears', async () => {
    using folder = testFolder()
    const post = `import { parentPort } from 'node:worker_threads'
for (const word of [null, 'text', { kind: 'said' }, [3, 0]]) parentPort.postMessage(word)
parentPort.close()
`
    const file = written(folder, extension('1', post))
    await using gateway = await GatewayProcess.start(config([{ extension: file }]))

    assert.deepEqual([await version(gateway), gateway.lines(/mistake/), gateway.odd], ['200 1', [], []])
  })

  test('sees only the variables that it asks for, and its output is in the log', async () => {
    using folder = testFolder()
    const file = written(folder, extension('1'))
    const filters = [{ extension: file, env: ['HOME', 'NOT_THERE'], options: { a: [1] } }]
    await using gateway = await GatewayProcess.start(config(filters))

    await gateway.get('/say')
    const line = await gateway.line('an extension wrote')

    assert.equal(line['line'], `said ${JSON.stringify({ HOME: process.env['HOME'] })} {"a":[1]}`)
  })

  test('finishes its requests when its extension is edited', async () => {
    using folder = testFolder()
    const slow = `import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import plugin from 'fastify-plugin'
export default plugin(async (app) => {
  app.get('/slow', async () => {
    while (!existsSync('${folder.path}/go')) await setTimeout(20)
    return 'slow'
  })
})
`
    const file = folder.write('my.ts', slow)
    await using gateway = await GatewayProcess.start(config([{ extension: file }]))

    const pending = gateway.get('/slow')
    const end = performance.now() + patience
    const open = `tidegate_extension_open_requests{extension="${file}"}`
    while ((await gateway.metric(open)) !== 1) assert.ok(performance.now() < end, 'the request is not inside')
    written(folder, extension('2'))
    await untilVersion(gateway, '200 2')
    folder.write('go', '')

    assert.equal((await pending).text, 'slow')
  })

  test('may be shared by several extensions, in the order written', async () => {
    using folder = testFolder()
    const add = (name: string) => `import plugin from 'fastify-plugin'
export default plugin(async (app) => {
  app.addHook('onRequest', async (request) => { request.headers['x-seen'] = (request.headers['x-seen'] ?? '') + '${name}' })
})
`
    const filters = [
      { extension: folder.write('a.ts', add('a')) },
      { extension: folder.write('b.ts', add('b')) },
    ]
    await using gateway = await GatewayProcess.start(config(filters))

    assert.equal((await gateway.get('/')).text, 'origin ab')
  })

  test('is gone when no route names it any more', async () => {
    using folder = testFolder()
    const file = written(folder, extension('1'))
    await using gateway = await GatewayProcess.start(config([{ extension: file }]))
    const agent = new Agent({ keepAlive: true })
    await gateway.get('/', { agent })

    gateway.write(config([]))
    await gateway.line('configuration in force', 2)
    agent.destroy()

    assert.deepEqual(await version(gateway), '200 ')
  })
})
