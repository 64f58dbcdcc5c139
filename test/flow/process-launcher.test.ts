import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { root } from '../support/source-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-launcher-'))
after(() => rmSync(folder, { recursive: true }))

/** A Node that is too old for us, as Debian has it; `undefined` where there is none. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return Number(/^v(\d+)/.exec(stdout ?? '')?.[1] ?? 99) < 24
})
const needsOldNode = oldNode === undefined ? { skip: 'this host has no Node below 24 in /usr/bin' } : {}

interface Package {
  readonly launcher: string
  write(path: string, text: string, mode?: number): void
}

/** A package like ours inside somebody's node_modules, with nothing but the launcher. */
function newPackage(name: string): Package {
  const home = join(folder, name, 'node_modules', 'tidegate')
  const write = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text, { mode })
  }
  write('package.json', '{"name":"tidegate","type":"module"}')
  cpSync(join(root, 'src/cli/launcher.js'), join(home, 'src/cli/launcher.js'))
  return { launcher: join(home, 'src/cli/launcher.js'), write }
}

/** Puts a Node into a folder of modules. */
function pin(to: Package, modules: string, version: string, script: string): void {
  to.write(`${modules}/node/package.json`, JSON.stringify({ version }))
  to.write(`${modules}/node/bin/node`, script, 0o755)
}

/** What every Node of ours is started with. */
const flags = '--disable-sigusr1 --disable-proto=delete --no-addons --report-exclude-env'

const tellsArguments = '#!/bin/sh\necho "$@"\n'

function launch(node: string, { launcher }: Package): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(node, [launcher, 'version'], { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

describe('the launcher', () => {
  for (const [place, modules] of [
    ['its own', 'node_modules'],
    ['hoisted', '..'],
  ] as const) {
    test(`runs the pinned Node (${place}) with its flags on the sources`, () => {
      const tidegate = newPackage(`pinned ${place}`)
      pin(tidegate, modules, '99.1.0', tellsArguments)

      const { out } = launch(process.execPath, tidegate)

      assert.match(out, / \S+src\/main\.ts version\n$/)
      assert.ok(out.startsWith(`${flags} `))
    })
  }

  test('prefers what was built', () => {
    const tidegate = newPackage('built')
    pin(tidegate, 'node_modules', '99.1.0', tellsArguments)
    tidegate.write('dist/src/main.js', '')

    assert.match(launch(process.execPath, tidegate).out, /dist\/src\/main\.js version\n$/)
  })

  test('stays on the Node that runs it when that is a newer build of the same major', () => {
    const tidegate = newPackage('newer')
    const [major] = process.versions.node.split('.')
    pin(tidegate, 'node_modules', `${major}.0.0`, tellsArguments)
    tidegate.write('dist/src/main.js', 'console.log(process.version, ...process.execArgv)')

    const { out } = launch(process.execPath, tidegate)

    assert.equal(out, `${process.version} ${flags}\n`)
  })

  test('tells an old Node what to do, in one sentence', needsOldNode, () => {
    const { code, out, err } = launch(oldNode ?? '', newPackage('alone'))

    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /^tidegate needs Node 24 or newer and this is \d+\.\d+\.\d+: run "npm ci" in .+\n$/)
  })

  test('passes signals on from an old Node, and ends as its child ends', needsOldNode, async () => {
    const tidegate = newPackage('signals')
    pin(
      tidegate,
      'node_modules',
      '99.1.0',
      `#!/bin/sh\ntrap 'exit 7' TERM\necho up\nfor i in $(seq 400); do sleep 0.05; done\n`,
    )
    const child = spawn(oldNode ?? '', [tidegate.launcher, 'run'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')

    child.kill('SIGTERM')

    assert.deepEqual(await once(child, 'exit'), [7, null])
  })

  test('dies of the signal that its child died of', needsOldNode, async () => {
    const tidegate = newPackage('killed')
    pin(tidegate, 'node_modules', '99.1.0', '#!/bin/sh\nkill -INT $$\n')
    const child = spawn(oldNode ?? '', [tidegate.launcher, 'run'], { stdio: 'ignore' })

    assert.deepEqual(await once(child, 'exit'), [null, 'SIGINT'])
  })
})
