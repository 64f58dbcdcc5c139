import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { testFolder } from '../support/folder.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { root } from '../support/source-files.ts'

// The Kubernetes client costs 80 MiB and half a second.

const refuse = `--import=${join(root, 'test/support/refuse-client-node.ts')}`
const config = `
listeners: [{ name: web, address: "127.0.0.1:0" }]
routes: [{ filters: [{ respond: { status: 200 } }] }]
admin: { address: "127.0.0.1:0" }
`
/** There is no such file: connecting fails, but only once the client was loaded. */
const withKubernetes = `${config}kubernetes: { kubeconfig: not-there }\n`

function main(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [refuse, 'src/main.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

async function run(text: string): Promise<GatewayProcess> {
  process.env['NODE_OPTIONS'] = refuse
  const gateway = await GatewayProcess.start(text)
  delete process.env['NODE_OPTIONS']
  return gateway
}

describe('without Kubernetes as a source, the Kubernetes client is not loaded', () => {
  for (const command of ['check FILE', 'print --config FILE', 'explain GET http://a.test/ --config FILE']) {
    test(`by ${command}`, () => {
      using folder = testFolder()
      const file = folder.write('gateway.yaml', withKubernetes)

      const { status, output } = main(...command.replace('FILE', file).split(' '))

      assert.doesNotMatch(output, /client was loaded/)
      assert.equal(status === 0 || status === 3, true, output)
    })
  }

  test('by a gateway with files alone', async () => {
    await using gateway = await run(config)

    assert.equal((await gateway.get('/')).status, 200)
    assert.equal(gateway.has(/client was loaded/), false)
  })

  test('and it is by a gateway with Kubernetes, which these tests would see', async () => {
    await using gateway = await run(withKubernetes)

    await gateway.line(/client was loaded/)
    const { status, text } = await gateway.get('/readyz', { name: 'admin' })

    assert.equal(status, 503)
    assert.match(text, /waiting for kubernetes/)
  })
})
