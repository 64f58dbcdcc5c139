import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { GatewayProcess } from '../support/gateway-process.ts'
import { root } from '../support/source-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidegate-commands-'))
after(() => rmSync(folder, { recursive: true }))

const good = join(folder, 'good.yaml')
writeFileSync(
  good,
  `admin: { address: 127.0.0.1:0 }
listeners: [{ name: web, address: 127.0.0.1:0 }]
routes:
  - { hosts: [a.test], path: /api, to: api }
clusters:
  api: { endpoints: [127.0.0.1:9] }
`,
)
const bad = join(folder, 'bad.yaml')
writeFileSync(bad, 'routes:\n  - { hosts: [a.test], to: nowhere }\n  - { hosts: [a.test], pth: /x }\n')

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function tidegate(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
  const launcher = join(root, 'src/cli/launcher.js')
  const options = { env: { ...process.env, ...env }, encoding: 'utf8', timeout: 60_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], options)
  return { code: status, out: stdout, err: stderr }
}

describe('tidegate check', () => {
  test('says ok and what it found', () => {
    assert.deepEqual(tidegate(['check', good]), {
      code: 0,
      out: 'ok: 1 listener, 1 route, 1 cluster\n',
      err: '',
    })
  })

  test('prints all problems with their places and ends with 1', () => {
    const { code, out, err } = tidegate(['check', bad])

    assert.deepEqual([code, err], [1, `${out.trimEnd().split('\n').length} errors\n`])
    assert.match(out, /bad\.yaml:2:\d+: .*"nowhere".*; /)
    assert.match(out, /bad\.yaml:3:\d+: .*"pth".*; .*"path"/)
  })
})

describe('tidegate print', () => {
  test('prints the model as JSON', () => {
    const { code, out } = tidegate(['print', '--config', good, '--json'])

    const { routes, clusters } = JSON.parse(out) as { routes: { id: string }[]; clusters: { id: string }[] }
    assert.deepEqual([code, routes.length, clusters[0]?.id], [0, 1, 'api'])
  })
})

describe('tidegate explain', () => {
  test('ends with 0 and names route, cluster and endpoints', () => {
    const { code, out } = tidegate(['explain', 'GET', 'http://a.test/api/x', '--config', good])

    assert.equal(code, 0)
    assert.match(out, /takes the request/)
    assert.match(out, /^outcome +forwarded to api$/m)
    assert.match(out, /127\.0\.0\.1:9 +unknown/)
  })

  test('ends with 3 for a 404 and names the nearest route and why it lost', () => {
    const { code, out } = tidegate(['explain', 'GET', 'http://a.test/apix', '--config', good])

    assert.equal(code, 3)
    assert.match(out, /^nearest .*good\.yaml:4:\d+/m)
    assert.match(out, /by segment "\/api" takes/)
    assert.match(out, /^outcome +404 no_route_path/m)
  })

  test('says what would be refused before routing', () => {
    const { code, out } = tidegate(['explain', 'GET', 'http://a.test/a\\b', '--config', good])

    assert.equal(code, 3)
    assert.match(out, /^outcome +400 bad_path/m)
  })

  test('asks a running gateway for the same', async () => {
    await using gateway = await GatewayProcess.start(
      { admin: { address: '127.0.0.1:0' }, listeners: [{ name: 'web', address: '127.0.0.1:0' }] },
      { workers: 2 },
    )
    const admin = `http://127.0.0.1:${gateway.port('admin')}`

    const { code, out } = tidegate(['explain', 'GET', 'http://a.test/', '--admin', admin, '--json'])

    const { routed, reason } = JSON.parse(out) as { routed: boolean; reason: string }
    assert.deepEqual([code, routed, reason], [3, false, 'no_route_host'])
  })
})

describe('tidegate', () => {
  for (const [words, message] of [
    [['chekc'], 'tidegate: there is no command "chekc"; did you mean "check"\n'],
    [['run', '--confg', 'x'], 'tidegate: tidegate run has no option --confg; did you mean --config\n'],
    [
      ['run'],
      'tidegate: --config FILE is missing; usage: tidegate run --config FILE|DIR [--workers N] [--log-level LEVEL]\n',
    ],
    [['run', '--config'], 'tidegate: --config needs a value; write --config FILE\n'],
    [
      ['run', '-c', 'x', '--workers', 'two'],
      'tidegate: --workers cannot be "two"; write a number from 1 to 256\n',
    ],
    [
      ['run', '-c', 'x', '--log-level', 'wran'],
      'tidegate: --log-level cannot be "wran"; did you mean "warn"\n',
    ],
    [
      ['explain', 'GET', '/x'],
      'tidegate: "/x" is not an absolute http or https URL; write http://host/path\n',
    ],
  ] as const) {
    test(`answers "${words.join(' ')}" with a hint and 2`, () => {
      assert.deepEqual(tidegate(words), { code: 2, out: '', err: message })
    })
  }

  test('prints its version, and a warning when Node lacks fixes', () => {
    const { code, out } = tidegate(['version', '--json'])

    const facts = JSON.parse(out) as { version: string; node: string }
    assert.equal(code, 0)
    assert.match(facts.version, /^\d+\.\d+\.\d+/)
    assert.match(facts.node, /^2[4-9]\./)
  })

  test('refuses to run with a lenient parser', () => {
    const { code, err } = tidegate(['version'], { NODE_OPTIONS: '--insecure-http-parser' })

    assert.equal(code, 1)
    assert.match(err, /remove it from NODE_OPTIONS/)
  })

  for (const command of ['run', 'check', 'explain', 'print', 'completions', 'version']) {
    test(`teaches ${command} with examples`, () => {
      const { code, out } = tidegate([command, '--help'])

      assert.equal(code, 0)
      assert.match(out, /examples:\n {2}\S/)
    })
  }
})

describe('tidegate completions', () => {
  test('are a script that bash takes, and know commands and options', () => {
    const { out } = tidegate(['completions', 'bash'])
    const words = 'COMP_WORDS=(tidegate exp); COMP_CWORD=1; _tidegate; echo "${COMPREPLY[@]}"'
    const options = 'COMP_WORDS=(tidegate run --work); COMP_CWORD=2; _tidegate; echo "${COMPREPLY[@]}"'

    const { stdout } = spawnSync('bash', ['-c', `${out}\n${words}\n${options}`], { encoding: 'utf8' })

    assert.equal(stdout, 'explain\n--workers\n')
  })
})

describe('tidegate extension new', () => {
  for (const form of [[], ['--fetch']] as const) {
    test(`writes a module and a test that passes${form.length === 0 ? '' : ', as a function too'}`, () => {
      const place = mkdtempSync(join(folder, 'extension-'))
      // Where a user would have installed Fastify for the test.
      symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))

      const { code, out } = tidegate(['extension', 'new', 'my-first', '--folder', place, ...form])
      const ran = spawnSync(process.execPath, ['--test', join(place, 'my-first.test.ts')], {
        encoding: 'utf8',
        env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      })

      assert.equal(code, 0)
      assert.match(out, /- extension: \.\/my-first\.ts/)
      assert.match(ran.stdout, /pass 2\n/)
      assert.match(ran.stdout, /fail 0\n/)
    })
  }

  test('overwrites nothing', () => {
    const place = mkdtempSync(join(folder, 'extension-'))
    writeFileSync(join(place, 'taken.test.ts'), 'mine')

    const { code, err } = tidegate(['extension', 'new', 'taken', '--folder', place])

    assert.deepEqual([code, readdirSync(place)], [1, ['taken.test.ts']])
    assert.match(err, /taken\.test\.ts is there already: nothing was written/)
  })

  test('says what a name may be', () => {
    const { code, err } = tidegate(['extension', 'new', 'My Extension'])

    assert.equal(code, 2)
    assert.match(err, /"My Extension" is no name for an extension; write letters of lower case/)
  })
})
