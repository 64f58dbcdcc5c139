import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Problem } from '../../src/model/problem.ts'
import { type TestFolder, testFolder } from '../support/folder.ts'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'

/** Says which one answered. */
function extension(version: string, more = ''): string {
  return `${more}
export default { fetch: () => new Response('${version}') }
`
}

function config(files: Readonly<Record<string, string>>, isolation: string): Config {
  return {
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: 'off' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: Object.entries(files).map(([name, file]) => ({
      name,
      hosts: ['a.test'],
      path: `/${name}`,
      filters: [{ extension: file, isolation, options: { route: name } }],
      to: 'nowhere',
    })),
    clusters: { nowhere: { endpoints: ['127.0.0.1:9'] } },
  }
}

/** Starting a thread takes seconds where everything is busy. */
const patience = 30_000

/** What is listed once there are so many. */
async function problems(gateway: GatewayProcess, count: number): Promise<readonly Problem[]> {
  const end = performance.now() + patience
  for (;;) {
    const { problems } = (await gateway.admin('/api/problems')) as { problems: readonly Problem[] }
    if (problems.length === count) return problems
    assert.ok(performance.now() < end, `${count} problems are not ${JSON.stringify(problems)}`)
  }
}

function since({ message }: Problem): number {
  return Date.parse(/cannot start since (\S+Z): /.exec(message)?.[1] ?? '')
}

function written(folder: TestFolder, text: string): string {
  return folder.write('my.ts', text)
}

for (const isolation of ['worker', 'inline'] as const) {
  const workers = isolation === 'worker' ? 2 : 1

  describe(`problems of extensions with isolation: ${isolation}`, () => {
    test('name an edit that cannot start, once for all routes and workers, until it is mended', async () => {
      using folder = testFolder()
      const file = written(folder, extension('1'))
      const start = config({ a: file, b: file }, isolation)
      await using gateway = await GatewayProcess.start(start, { workers })
      const began = Date.now()

      const before = await problems(gateway, 0)
      written(folder, extension('2', 'let twice = 1\nlet twice = 2'))
      const [problem] = await problems(gateway, 1)
      await gateway.line('an extension cannot start; the last good one goes on serving', 2 * workers)
      const [still] = await problems(gateway, 1)
      const during = await gateway.get('/a')
      written(folder, extension('3'))
      await problems(gateway, 0)
      const after = await gateway.get('/a')

      assert.deepEqual([before, during.text, after.text], [[], '1', '3'])
      assert.ok(problem !== undefined && still !== undefined)
      assert.deepEqual(problem.origin, { source: 'file', file, line: 2, column: 1, field: '' })
      assert.match(
        problem.message,
        /^extension ".*my\.ts" cannot start since .*: SyntaxError: Identifier 'twice' has already been declared$/,
      )
      assert.equal(still.remedy, 'mend it; the last good one goes on serving each of the routes "a", "b"')
      assert.ok(since(problem) >= began && since(problem) <= Date.now())
    })

    test('say which routes are closed when there is no last good one', async () => {
      using folder = testFolder()
      const file = written(folder, "throw new Error('no table')")
      await using gateway = await GatewayProcess.start(config({ a: file }, isolation), { workers })

      const [problem] = await problems(gateway, 1)
      const { status } = await gateway.get('/a')
      written(folder, extension('1'))
      await problems(gateway, 0)

      assert.equal(status, 503)
      assert.match(problem?.message ?? '', /: Error: no table$/)
      assert.equal(problem?.remedy, 'mend it; route "a" answers 503 until then')
    })

    test('are gone with the route', async () => {
      using folder = testFolder()
      const good = folder.write('good.ts', extension('1'))
      const bad = folder.write('bad.ts', "throw new Error('no table')")
      await using gateway = await GatewayProcess.start(config({ a: good, b: bad }, isolation), { workers })

      await problems(gateway, 1)
      gateway.write(config({ a: good }, isolation))
      await problems(gateway, 0)
    })
  })
}

describe('problems of extensions whose files are gone after the start', () => {
  test('name the import that is missing, until it is back', async () => {
    using folder = testFolder()
    const part = folder.write('part.ts', "export const part = 'p'")
    const file = written(folder, extension('1', "import './part.ts'"))
    await using gateway = await GatewayProcess.start(config({ a: file }, 'worker'))

    rmSync(part)
    const [problem] = await problems(gateway, 1)
    folder.write('part.ts', "export const part = 'q'")
    await problems(gateway, 0)

    assert.match(JSON.stringify(problem), /part\.ts/)
  })

  test('name the module that is missing, until it is back', async () => {
    using folder = testFolder()
    const file = written(folder, extension('1'))
    await using gateway = await GatewayProcess.start(config({ a: file }, 'worker'))

    rmSync(file)
    const [problem] = await problems(gateway, 1)
    const { text } = await gateway.get('/a')
    written(folder, extension('2'))
    await problems(gateway, 0)

    assert.equal(text, '1')
    assert.match(JSON.stringify(problem), /my\.ts/)
  })
})

test('a thread that ends before it is ready is a problem', async () => {
  using folder = testFolder()
  const file = written(folder, 'process.exit(3)')
  await using gateway = await GatewayProcess.start(config({ a: file }, 'worker'))

  const [problem] = await problems(gateway, 1)
  written(folder, extension('1'))
  await problems(gateway, 0)

  assert.deepEqual(problem?.origin, { source: 'file', file, line: 0, column: 0, field: '' })
  assert.match(problem?.message ?? '', /: its thread ended with code 3 before it was ready$/)
})

test('a thread that cannot start anew after a crash is a problem as long as that is so', async () => {
  using folder = testFolder()
  const more = `import { existsSync } from 'node:fs'
if (existsSync('${folder.path}/full')) throw new Error('no room')`
  const crash = `${more}
export default { fetch({ url }) {
  if (url.endsWith('crash')) setImmediate(() => { throw new Error('nobody catches this') })
  return url.endsWith('crash') ? new Promise(() => {}) : new Response('1')
} }`
  const file = written(folder, crash)
  const start = config({ a: file }, 'worker')
  await using gateway = await GatewayProcess.start(start)

  const full = folder.write('full', '')
  const { status } = await gateway.get('/a/crash')
  const [problem] = await problems(gateway, 1)
  rmSync(full)
  await problems(gateway, 0)

  assert.equal(status, 500)
  assert.match(problem?.message ?? '', /: Error: no room$/)
  assert.equal(problem?.remedy, 'mend it; route "a" answers 503 until then')
})
