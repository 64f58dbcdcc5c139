import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { runForCluster } from '../support/kubernetes/cluster-command.ts'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { describedIngress } from '../support/kubernetes/describe.ts'
import { eventually } from '../support/kubernetes/eventually.ts'
import { type IngressWish, ingress, serviceObject } from '../support/kubernetes/objects.ts'

// What users of the first Ingress controllers of a mesh complained of, about hosts, paths and answers without an explanation.

/** Rewritten paths by path and `rewrite`, below the prefix `/app`. */
const rewrites = [
  ['/app', '/', '/'],
  ['/app/', '/', '/'],
  ['/app/x', '/', '/x'],
  ['/app/x/', '/', '/x/'],
  ['/app/x/y', '/', '/x/y'],
  ['/app?q=1', '/', '/?q=1'],
  ['/app/?q=1', '/', '/?q=1'],
  ['/app/x?q=/app', '/', '/x?q=/app'],
  ['/app/x?a=1&b=2', '/', '/x?a=1&b=2'],
  ['/app/app/x', '/', '/app/x'],
  ['/app', '/new', '/new'],
  ['/app/', '/new', '/new/'],
  ['/app/x', '/new', '/new/x'],
  ['/app/x/', '/new', '/new/x/'],
  ['/app?q=1', '/new', '/new?q=1'],
  ['/app/x', '/new/', '/new/x'],
  ['/app', '/new/', '/new/'],
  ['/app/x%20y', '/new', '/new/x%20y'],
  ['/app/x', '/a/b', '/a/b/x'],
  ['/app/x?', '/new', '/new/x?'],
] as const

describe('the routes of an Ingress', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    stage = await ClusterStage.open()
    const { namespace, client } = stage
    const entry = serviceObject({ namespace, name: 'any-name', ports: { http: 80 }, type: 'LoadBalancer' })
    await client.create(entry)
    await stage.deploy({ service: 'web' })
    await stage.deploy({ service: 'other' })
    gateway = await stage.startGateway({
      listeners: [
        { name: 'web', address: '127.0.0.1:0', errorDetail: 'on' },
        { name: 'public', address: '127.0.0.1:0' },
      ],
      settings: { status: { from: 'service', service: `${namespace}/any-name` } },
    })
  })
  after(() => stage[Symbol.asyncDispose]())

  /** Makes an Ingress in the first namespace. */
  async function route(name: string, wish: Omit<IngressWish, 'name' | 'namespace'>): Promise<void> {
    const { namespace, className, client } = stage
    await client.apply(ingress({ namespace, name, className, ...wish }))
  }

  async function described(name: string, reason: string): Promise<string> {
    return await describedIngress(stage.access, { namespace: stage.namespace, name }, reason)
  }

  test('R-08 takes paths by their type, and the answer to another says which there are', async () => {
    await route('r08', {
      rules: {
        'r08.test': {
          'Exact /exact': 'web:80',
          '/prefix': 'web:80',
          'ImplementationSpecific /old/.*': 'web:80',
        },
      },
    })
    await gateway.served({ host: 'r08.test', path: '/exact' }, 'web')

    const statuses = []
    for (const path of ['/prefix/x', '/old/x', '/exact/x', '/prefixx']) {
      statuses.push((await gateway.ask({ host: 'r08.test', path })).status)
    }
    const { headers, text } = await gateway.ask({ host: 'r08.test', path: '/exact/x' })

    assert.deepEqual(statuses, [200, 200, 404, 404])
    assert.equal(headers['x-tidegate-reason'], 'no_route_path')
    assert.match(text, /\/exact/)
  })

  test('R-08 explains how each path is understood, from a laptop', async () => {
    await route('r08b', { rules: { 'r08b.test': { 'Exact /echo': 'web:80' } } })
    await gateway.served({ host: 'r08b.test', path: '/echo' }, 'web')

    const { status, stdout, stderr } = await runForCluster(stage, [
      'explain',
      'GET',
      'http://r08b.test/echo/x',
    ])

    assert.equal(status, 3, stderr)
    assert.match(stdout, /path.*"?\/echo"?/)
  })

  test('R-09 has one default backend, of the oldest, behind all rules', async () => {
    const { client, namespace } = stage
    await route('r09-first', { defaultBackend: 'web:80' })
    await route('r09-second', { defaultBackend: 'other:80', rules: { 'r09.test': { '/rule': 'other:80' } } })

    const text = await described('r09-second', 'DefaultBackendTaken')
    const { echo: rest } = await gateway.served({ host: 'any.test', path: '/x' }, 'web')
    const { echo: ruled } = await gateway.served({ host: 'r09.test', path: '/rule' }, 'other')

    assert.match(text, new RegExp(`default backend of Ingress "?${namespace}/r09-first"?, which is older`))
    assert.deepEqual([rest?.service, ruled?.service], ['web', 'other'])
    for (const name of ['r09-first', 'r09-second']) await client.delete('Ingress', { namespace, name })
    await gateway.askUntil(
      { host: 'any.test' },
      { is: ({ status }) => status === 404, what: 'nothing takes any host' },
    )
  })

  test('R-10 takes the path away and joins the rest with one slash', async () => {
    const targets = [...new Set(rewrites.map(([, target]) => target))]
    for (const [i, target] of targets.entries()) {
      await route(`r10-${i}`, {
        annotations: { 'tidegate.dev/rewrite': target },
        rules: { [`r10-${i}.test`]: { '/app': 'web:80' } },
      })
      await gateway.served({ host: `r10-${i}.test`, path: '/app' }, 'web')
    }

    const seen = await Promise.all(
      rewrites.map(async ([path, target]) => {
        const { echo } = await gateway.ask({ host: `r10-${targets.indexOf(target)}.test`, path })
        return [path, target, echo?.path]
      }),
    )

    assert.deepEqual(seen, rewrites)
  })

  test('R-10 says what is wrong with a rewrite', async () => {
    await route('r10-bad', {
      annotations: { 'tidegate.dev/rewrite': 'new' },
      rules: { 'r10-bad.test': { '/app': 'web:80' } },
    })

    const text = await described('r10-bad', 'AnnotationInvalid')

    assert.match(text, /metadata\.annotations\[?.*tidegate\.dev\/rewrite.*"new"/)
  })

  test('R-11 writes the address of the Service into the status, whatever its name is', async () => {
    const { client, namespace } = stage
    await route('r11', { rules: { 'r11.test': { '/': 'web:80' } } })
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.11' }] } }

    const path = `/api/v1/namespaces/${namespace}/services/any-name/status`
    await client.request('PATCH', path, { status })
    const written = await client.waitFor(
      'Ingress',
      { namespace, name: 'r11' },
      {
        until: ({ status }) => status?.loadBalancer?.ingress?.[0]?.ip === '192.0.2.11',
        what: 'the status has the address of the Service',
      },
    )

    assert.equal(written.status?.loadBalancer?.ingress?.length, 1)
    assert.match(await stage.access.kubectl(['get', 'ingress', '-n', namespace, 'r11']), /192\.0\.2\.11/)
  })

  for (const host of ['r12.test:32001', 'R12.TEST', 'r12.test.', 'r12.test:80']) {
    test(`R-12 finds the host of a rule however it is written: ${host}`, async () => {
      await route('r12', { rules: { 'r12.test': { '/': 'web:80' } } })

      const { echo } = await gateway.served({ host }, 'web')

      assert.equal(echo?.host.toLowerCase().replace(/\.?(:\d+)?$/, ''), 'r12.test')
    })
  }

  test('R-13 applies conditions on headers to requests from outside', async () => {
    await route('r13', { rules: { 'r13.test': { '/': 'web:80' } } })
    await route('r13-beta', {
      annotations: { 'tidegate.dev/headers': '{ x-user: beta }' },
      rules: { 'r13.test': { '/': 'other:80' } },
    })

    await gateway.served({ host: 'r13.test', headers: { 'x-user': 'beta' } }, 'other')
    const { echo } = await gateway.served({ host: 'r13.test' }, 'web')

    assert.equal(echo?.service, 'web')
  })

  test('R-13 says when a condition cannot be used, and lets nobody through by mistake', async () => {
    await route('r13-bad', {
      annotations: { 'tidegate.dev/headers': '{ x-user: { regex: "(" } }' },
      rules: { 'r13-bad.test': { '/': 'web:80' } },
    })

    const text = await described('r13-bad', 'AnnotationInvalid')
    const { status, echo } = await gateway.ask({ host: 'r13-bad.test', headers: { 'x-user': 'any' } })

    assert.match(text, /tidegate\.dev\/headers/)
    assert.deepEqual([status, echo], [503, undefined])
  })

  test('R-20 says why there is an answer of its own, in the answer, log and metric', async () => {
    const { headers, text } = await gateway.ask({ host: 'r20.test', path: '/x' })
    const { headers: publicHeaders, text: publicText } = await gateway.ask({ host: 'r20.test' }, 'public')

    assert.equal(headers['x-tidegate-reason'], 'no_route_host')
    assert.match(text, /r20\.test/)
    assert.equal(publicHeaders['x-tidegate-reason'], undefined)
    assert.match(publicText, /^Not Found\nrequest id [0-9a-f]{32}\n$/)
    await eventually(
      () => gateway.process.accessLog.includes('"reason":"no_route_host"') || undefined,
      'the access log has the reason',
    )
    const page = await gateway.process.get('/metrics', { name: 'admin' })
    assert.match(page.text, /tidegate_local_responses_total\{[^}]*reason="no_route_host"[^}]*\} [1-9]/)
  })

  test('R-21 tells the same problem on the object, at the admin address and to check', async () => {
    await route('r21', { rules: { 'r21.test': { '/': 'absent:80' } } })
    const { namespace } = stage

    const text = await described('r21', 'ServiceNotFound')
    const { problems } = (await gateway.admin('/api/problems')) as {
      problems: { message: string; remedy: string; origin: { file: string; field: string } }[]
    }
    const checked = await runForCluster(stage, ['check'])

    const found = problems.find(({ origin }) => origin.file === `Ingress ${namespace}/r21`)
    assert.equal(found?.origin.field, 'spec.rules[0].http.paths[0].backend.service')
    assert.match(found?.message ?? '', /service ".*\/absent" does not exist/)
    for (const part of [found?.origin.field, found?.message, found?.remedy]) {
      assert.ok(text.includes(part ?? 'nothing'), part)
      assert.ok(checked.stdout.includes(part ?? 'nothing'), checked.stdout)
    }
    assert.equal(checked.status, 1)
  })

  test('R-11 clears the status when the last gateway ends', async () => {
    const { client, namespace } = stage
    await route('r11-end', { rules: { 'r11-end.test': { '/': 'web:80' } } })
    const key = { namespace, name: 'r11-end' }
    await client.waitFor('Ingress', key, {
      until: ({ status }) => status?.loadBalancer?.ingress?.[0]?.ip === '192.0.2.11',
      what: 'the status has the address of the Service',
    })

    gateway.process.signal('SIGTERM')
    const code = await gateway.process.exit()
    const { status } = await client.get('Ingress', key)

    assert.equal(code, '0')
    assert.deepEqual(status?.loadBalancer?.ingress ?? [], [])
  })
})
