import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { testFolder } from '../support/folder.ts'
import { ClusterStage } from '../support/kubernetes/cluster-stage.ts'
import { ingress } from '../support/kubernetes/objects.ts'
import { root } from '../support/source-files.ts'

// From a laptop with a kubeconfig: no gateway runs in any of these tests.

describe('commands that read a cluster', () => {
  let stage: ClusterStage
  let folder: ReturnType<typeof testFolder>
  let config: string

  before(async () => {
    stage = await ClusterStage.open()
    folder = testFolder()
    config = folder.write(
      'gateway.yaml',
      `listeners: [{ name: web, address: ":8080", publicPort: 80 }]
kubernetes: { controller: ${stage.controller}, class: ${stage.className}, namespaces: [${stage.namespace}] }
`,
    )
    await stage.deploy({ service: 'web', replicas: 2 })
    const { namespace, className } = stage
    const rules = { 'shop.test': { '/': 'web:80', '/api': 'wbe:80' } }
    await stage.client.create(ingress({ namespace, name: 'shop', className, rules }))
  })

  after(async () => {
    folder[Symbol.dispose]()
    await stage[Symbol.asyncDispose]()
  })

  async function tidegate(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const kubeconfig = ['--config', config, '--kubeconfig', stage.access.kubeconfig]
    const child = spawn(process.execPath, ['src/main.ts', ...args, '--kubernetes', ...kubeconfig], {
      cwd: root,
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (data) => (out += String(data)))
    child.stderr.on('data', (data) => (err += String(data)))
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    return { code, out, err }
  }

  test('explain follows a request to the endpoints of its Service', async () => {
    const { code, out } = await tidegate('explain', 'GET', 'http://shop.test/cart')

    assert.equal(code, 0)
    assert.match(out, new RegExp(`Ingress ${stage.namespace}/shop`))
    assert.match(out, new RegExp(`outcome +forwarded to ${stage.namespace}/web:80`))
    assert.match(out, /10\.244\.\d+\.\d+:3000/)
  })

  test('explain says what is wrong with the Ingress that takes the request', async () => {
    const { out, err } = await tidegate('explain', 'GET', 'http://shop.test/api/x')

    assert.match(out, /outcome +503 no_endpoints/)
    assert.match(
      err,
      /Ingress \S+\/shop spec\.rules\[0\]\.http\.paths\[1\]\S*: service "\S+\/wbe" does not exist/,
    )
  })

  test('explain gives 3 when no Ingress takes the request', async () => {
    const { code, out } = await tidegate('explain', 'GET', 'http://other.test/')

    assert.equal(code, 3)
    assert.match(out, /no_route_host/)
  })

  test('check finds every mistake, and gives 1', async () => {
    const { code, out, err } = await tidegate('check')

    assert.equal(code, 1)
    assert.match(out, /Ingress \S+\/shop spec\.rules\[0\]\.http\.paths\[1\]/)
    assert.equal(err, '1 error\n')
  })

  test('says why a cluster cannot be read', async () => {
    const { code, err } = await tidegate('check', '--context', 'elsewhere')

    assert.equal(code, 1)
    assert.match(err, /the cluster cannot be read: .*"elsewhere"/)
  })
})
