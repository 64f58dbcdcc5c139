import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { nodeWarning } from '../../../src/app/node-version.ts'
import { hadolintProgram } from '../../support/hadolint.ts'
import { root } from '../../support/source-files.ts'

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')

/** What instructions of a name say, in order. */
const said = (instruction: string): string[] =>
  [...dockerfile.matchAll(new RegExp(`^${instruction} (.+)$`, 'gm'))].map(([, text = '']) => text)

describe('the Dockerfile', () => {
  test('has nothing that hadolint finds', () => {
    const { status, stdout, stderr } = spawnSync(hadolintProgram(), [join(root, 'Dockerfile')], {
      encoding: 'utf8',
    })

    assert.equal(stdout + stderr, '')
    assert.equal(status, 0)
  })

  test('asks for a Node that has the known fixes, and no less', () => {
    const floor = /^ARG NODE_FLOOR=(.+)$/m.exec(dockerfile)?.[1] ?? ''
    const [major = 0, minor = 0, patch = 0] = floor.split('.').map(Number)

    assert.equal(nodeWarning(floor), undefined)
    assert.notEqual(nodeWarning(`${major}.${minor}.${patch - 1}`), undefined)
    assert.ok(said('ARG')[0]?.includes(`:${floor}-`))
  })

  test('starts Node with the flags of the launcher', () => {
    const launcher = readFileSync(join(root, 'src/cli/launcher.js'), 'utf8')
    const flags = [...(/const flags = \[(.+)\]/.exec(launcher)?.[1] ?? '').matchAll(/'([^']+)'/g)]

    const entry = JSON.parse(said('ENTRYPOINT').at(-1) ?? '[]') as string[]

    assert.ok(flags.length >= 4)
    assert.deepEqual(entry, ['node', ...flags.map(([, flag = '']) => flag), '/app/dist/src/main.js'])
  })

  test('runs as nobody by number, and needs no shell once the runtime begins', () => {
    const runtime = dockerfile.slice(dockerfile.indexOf(`FROM \${RUNTIME}`))

    const commands = [...runtime.matchAll(/^(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK .*CMD) (.)/gm)]
    assert.deepEqual(said('USER'), ['65532:65532'])
    assert.equal(commands.length, 4)
    assert.ok(commands.every(([, first]) => first === '['))
  })

  test('copies only what .dockerignore lets through', () => {
    const ignoring = readFileSync(join(root, '.dockerignore'), 'utf8')
    const allowed = new Set([...ignoring.matchAll(/^!(.+)$/gm)].map(([, name = '']) => name))

    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    )

    assert.deepEqual(
      copied.filter((name) => !allowed.has(name) || !existsSync(join(root, name))),
      [],
    )
  })
})
