import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { describedIngress } from '../support/kubernetes/describe.ts'
import { EchoPod } from '../support/kubernetes/echo-pod.ts'
import { ingress, serviceObject, slice } from '../support/kubernetes/objects.ts'

// What users of the first Ingress controllers of a mesh complained of, about Services: the right way works, and for the wrong way
// `kubectl describe ingress` says enough to mend it, which each test then does.

describe('the way from an Ingress to a Service', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster
  let other: string

  before(async () => {
    stage = await ClusterStage.open()
    other = await stage.addNamespace()
    gateway = await stage.startGateway()
  })
  after(() => stage[Symbol.asyncDispose]())

  /** Makes an Ingress in the first namespace. */
  async function route(host: string, paths: Record<string, string>): Promise<void> {
    const { namespace, className, client } = stage
    const name = host.replace('.test', '')
    await client.create(ingress({ namespace, name, className, rules: { [host]: paths } }))
  }

  async function described(name: string, reason: string, namespace = stage.namespace): Promise<string> {
    return await describedIngress(stage.access, { namespace, name }, reason)
  }

  test('R-01 leads to the Service of its own namespace, wherever the gateway is', async () => {
    const { className, client } = stage
    await stage.deploy({ service: 'r01' })
    const rules = { 'r01.test': { '/': 'r01:80' } }
    await client.create(ingress({ namespace: other, name: 'r01', className, rules }))

    const text = await described('r01', 'ServiceNotFound', other)
    assert.match(
      text,
      new RegExp(
        `service "${other}/r01" does not exist.*spec\\.rules\\[0\\]|spec\\.rules\\[0\\].*service "${other}/r01" does not exist`,
      ),
    )
    await stage.deploy({ namespace: other, service: 'r01' })

    const { echo } = await gateway.served({ host: 'r01.test' }, 'r01')
    assert.equal(echo?.namespace, other)
  })

  test('R-02 does not let another namespace take a host', async () => {
    const { namespace, className, client } = stage
    await stage.deploy({ service: 'r02' })
    await stage.deploy({ namespace: other, service: 'r02' })
    await route('r02.test', { '/': 'r02:80' })
    await gateway.served({ host: 'r02.test' }, 'r02')
    const taking = { '/deeper': 'r02:80' }
    await client.create(ingress({ namespace: other, name: 'r02', className, rules: { 'r02.test': taking } }))

    const text = await described('r02', 'HostTaken', other)
    const { echo: kept } = await gateway.ask({ host: 'r02.test', path: '/deeper' })
    assert.match(text, new RegExp(`host "r02.test" belongs to namespace "${namespace}"`))
    assert.equal(kept?.namespace, namespace)
    await client.apply(ingress({ namespace: other, name: 'r02', className, rules: { 'r02b.test': taking } }))

    const { echo } = await gateway.served({ host: 'r02b.test', path: '/deeper' }, 'r02')
    assert.equal(echo?.namespace, other)
  })

  test('R-03 takes ports of any name, and one that is not there hurts its own path alone', async () => {
    const names = ['first-thing', 'api', 'grpc', 'mongo', 'http-8080']
    const ports = Object.fromEntries(names.map((name, i) => [name, { port: 81 + i, targetPort: 3001 + i }]))
    await stage.deploy({ service: 'r03', ports })
    const paths = names.map((name) => [`/${name}`, `r03:${name}`] as const)
    await route('r03.test', { ...Object.fromEntries(paths), '/bad': 'r03:first-thin' })

    const text = await described('r03', 'ServicePortNotFound')
    assert.match(
      text,
      /has no port "first-thin": it has 81 \("first-thing"\), 82 \("api"\).*did you mean "port\.name: first-thing"/,
    )
    const answers = await Promise.all(
      names.map((name) => gateway.ask({ host: 'r03.test', path: `/${name}` })),
    )
    assert.deepEqual(
      answers.map(({ echo }) => echo?.port),
      [3001, 3002, 3003, 3004, 3005],
    )
    const mended = ingress({
      namespace: stage.namespace,
      name: 'r03',
      className: stage.className,
      rules: { 'r03.test': { ...Object.fromEntries(paths), '/bad': 'r03:first-thing' } },
    })
    await stage.client.apply(mended)

    await gateway.served({ host: 'r03.test', path: '/bad' }, 'r03')
  })

  test('R-04 finds a port by number and by name, with another number in each pod', async () => {
    const { namespace, client } = stage
    const ports = { web: { port: 80, targetPort: 'listens' } }
    await stage.deploy({ service: 'r04', ports, containerPorts: { listens: 3000 } })
    const identity = { namespace, ingress: '', service: 'r04', pod: 'r04-other' }
    await using pod = await EchoPod.start(await stage.pods.address(), identity, { ports: [9376] })
    const further = { namespace, service: 'r04', name: 'r04-2', ports: { web: 9376 } }
    await client.create(slice({ ...further, endpoints: [pod.address] }))
    await route('r04.test', { '/number': 'r04:80', '/name': 'r04:web', '/wrong': 'r04:listens' })

    const text = await described('r04', 'ServicePortNotFound')
    assert.match(
      text,
      /service "[^"]+\/r04" has no port "listens": it has 80 \("web"\).*write "port\.number: 80"/,
    )
    for (const path of ['/number', '/name']) {
      for (const wanted of [3000, 9376]) {
        await gateway.askUntil(
          { host: 'r04.test', path },
          { is: ({ echo }) => echo?.port === wanted, what: `${path} is served by port ${wanted}` },
        )
      }
    }
  })

  for (const [name, ports, containerPorts, wrong, told] of [
    [
      'r05a',
      { '': { port: 80, targetPort: 8080 } },
      {},
      '8080',
      /has no port 8080: it has 80.*write "port\.number: 80"/,
    ],
    [
      'r05b',
      { http: { port: 7777, targetPort: 'listens' } },
      { listens: 8080 },
      '80',
      /has no port 80: it has 7777 \("http"\).*write "port\.number: 7777"/,
    ],
  ] as const) {
    test(`R-05 goes to the port of the pod, which is not that of the Service: ${name}`, async () => {
      const port = Object.values(ports)[0]?.port
      await stage.deploy({ service: name, ports, containerPorts })
      await route(`${name}.test`, { '/right': `${name}:${port}`, '/wrong': `${name}:${wrong}` })

      const text = await described(name, 'ServicePortNotFound')
      const { echo } = await gateway.served({ host: `${name}.test`, path: '/right' }, name)

      assert.match(text, told)
      assert.equal(echo?.port, 8080)
    })
  }

  test('R-06 leads to any number of ports of one Service', async () => {
    const ports = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`p${i}`, { port: 8000 + i, targetPort: 4000 + i }]),
    )
    await stage.deploy({ service: 'r06', ports })
    const paths = Object.keys(ports).map((name, i) => [`/${name}`, `r06:${8000 + i}`] as const)
    await route('r06.test', Object.fromEntries(paths))

    await gateway.served({ host: 'r06.test', path: '/p11' }, 'r06')
    const answers = await Promise.all(paths.map(([path]) => gateway.ask({ host: 'r06.test', path })))

    assert.deepEqual(
      answers.map(({ echo }) => echo?.port),
      paths.map((_, i) => 4000 + i),
    )
  })

  test('R-07 needs neither labels nor a selector, and says when a Service has no endpoints', async () => {
    const { namespace, client } = stage
    const ports = { http: { port: 80, targetPort: 3000 } }
    await client.create(serviceObject({ namespace, name: 'r07', ports }))
    await route('r07.test', { '/': 'r07:80' })

    const text = await described('r07', 'EndpointsMissing')
    assert.match(
      text,
      /service "[^"]+\/r07" has no endpoint for port 80 \("http"\).*"kubectl -n \S+ describe service r07"/,
    )
    const identity = { namespace, ingress: '', service: 'r07', pod: 'r07-0' }
    await using pod = await EchoPod.start(await stage.pods.address(), identity, { ports: [3000] })
    await client.create(slice({ namespace, service: 'r07', ports: { http: 3000 }, endpoints: [pod.address] }))

    await gateway.served({ host: 'r07.test' }, 'r07')
  })
})
