import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type MadeCertificate, makeCa, serverCertificate } from '../support/certificates.ts'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { describedIngress } from '../support/kubernetes/describe.ts'
import { type IngressWish, ingress, tlsSecret } from '../support/kubernetes/objects.ts'

// What users of the first Ingress controllers of a mesh complained of, about TLS on both sides, and about classes.

describe('TLS of an Ingress', () => {
  const ca = makeCa()
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    stage = await ClusterStage.open()
    await stage.deploy({ service: 'web' })
    await secret('default-tls', ['default.test'])
    const trusting = { address: '127.0.0.1:0', publicPort: 80, trustedProxies: ['127.0.0.1'] }
    gateway = await stage.startGateway({
      listeners: [
        { name: 'web', address: '127.0.0.1:0', publicPort: 80, errorDetail: 'on' },
        { name: 'behind', ...trusting },
        { name: 'web-tls', address: '127.0.0.1:0', publicPort: 443, tls: {} },
      ],
      settings: { defaultCertificate: `${stage.namespace}/default-tls` },
    })
  })
  after(() => stage[Symbol.asyncDispose]())

  /** Writes a Secret in the first namespace, with a certificate of our authority. */
  async function secret(name: string, names: readonly string[]): Promise<MadeCertificate> {
    const certificate = serverCertificate(ca, names)
    await stage.client.apply(tlsSecret({ namespace: stage.namespace, name, certificate }))
    return certificate
  }

  async function route(name: string, wish: Omit<IngressWish, 'name' | 'namespace'>): Promise<void> {
    const { namespace, className, client } = stage
    await client.apply(ingress({ namespace, name, className, ...wish }))
  }

  async function described(name: string, reason: string): Promise<string> {
    return await describedIngress(stage.access, { namespace: stage.namespace, name }, reason)
  }

  /** The name of the certificate that is shown for a server name, as soon as it is this one. */
  async function shown(host: string, certificate: MadeCertificate): Promise<void> {
    await gateway.askUntil(
      { host },
      {
        is: (answer) => answer.certificate?.raw.equals(certificate.der) === true,
        what: `${host} has the certificate for ${certificate.names.join()}`,
        scheme: 'https',
      },
    )
  }

  test('R-14 adds https and sends plain requests there, but for those of ACME', async () => {
    const certificate = await secret('r14-tls', ['r14.test'])
    await route('r14', { rules: { 'r14.test': { '/': 'web:80' } }, tls: { 'r14-tls': ['r14.test'] } })
    await shown('r14.test', certificate)

    const { status, headers } = await gateway.ask({ host: 'r14.test:80', path: '/a?b=c', method: 'POST' })
    const solved = await gateway.ask({ host: 'r14.test', path: '/.well-known/acme-challenge/token' })
    const secure = await gateway.askSecurely({ host: 'r14.test', path: '/a?b=c' })
    const forwarded = { host: 'r14.test', path: '/a', headers: { 'x-forwarded-proto': 'https' } }
    const behind = await gateway.ask(forwarded, 'behind')
    const lying = await gateway.ask(forwarded)

    assert.deepEqual([status, headers.location], [308, 'https://r14.test/a?b=c'])
    assert.deepEqual([solved.echo?.path, secure.echo?.path], ['/.well-known/acme-challenge/token', '/a?b=c'])
    assert.deepEqual([behind.echo?.path, lying.status], ['/a', 308])
  })

  test('R-14 keeps plain requests where the Ingress says so', async () => {
    const certificate = await secret('r14b-tls', ['r14b.test'])
    await route('r14b', {
      annotations: { 'tidegate.dev/tls-redirect': 'off' },
      rules: { 'r14b.test': { '/': 'web:80' } },
      tls: { 'r14b-tls': ['r14b.test'] },
    })
    await shown('r14b.test', certificate)

    const { status, echo } = await gateway.ask({ host: 'r14b.test' })

    assert.deepEqual([status, echo?.service], [200, 'web'])
  })

  test('R-15 shows each host its own certificate, by exact name, wildcard and default', async () => {
    const exact = await secret('r15-exact', ['a.r15.test'])
    const wildcard = await secret('r15-wildcard', ['*.r15.test'])
    await route('r15a', { rules: { 'a.r15.test': { '/': 'web:80' } }, tls: { 'r15-exact': ['a.r15.test'] } })
    await route('r15b', {
      rules: { '*.r15.test': { '/': 'web:80' } },
      tls: { 'r15-wildcard': ['*.r15.test'] },
    })

    await shown('a.r15.test', exact)
    await shown('b.r15.test', wildcard)
    const { certificate: other } = await gateway.askSecurely({ host: 'unknown.test' })

    assert.equal(other?.subject.CN, 'default.test')
  })

  test('R-15 shows a renewed certificate without a restart', async () => {
    const first = await secret('r15-renewed', ['renewed.r15.test'])
    const host = 'renewed.r15.test'
    await route('r15c', { rules: { [host]: { '/': 'web:80' } }, tls: { 'r15-renewed': [host] } })
    await shown(host, first)

    const second = await secret('r15-renewed', [host])

    await shown(host, second)
  })

  test('R-15 says which Secret is missing, and serves all other hosts', async () => {
    const good = await secret('r15-good', ['good.r15d.test'])
    await route('r15d', {
      rules: { 'good.r15d.test': { '/': 'web:80' }, 'bad.r15d.test': { '/': 'web:80' } },
      tls: { 'r15-good': ['good.r15d.test'], 'r15-absent': ['bad.r15d.test'] },
    })

    const text = await described('r15d', 'SecretNotFound')
    await shown('good.r15d.test', good)
    assert.match(text, new RegExp(`spec\\.tls\\[1\\].*secret "${stage.namespace}/r15-absent" does not exist`))
    assert.match(text, /kubectl[^\n]* create secret tls/)
    const mended = await secret('r15-absent', ['bad.r15d.test'])

    await shown('bad.r15d.test', mended)
  })

  test('R-15 says what is wrong with a Secret', async () => {
    const { namespace, client } = stage
    const certificate = serverCertificate(ca, ['r15e.test'])
    const other = serverCertificate(ca, ['other.test'], 'rsa')
    const broken = tlsSecret({
      namespace,
      name: 'r15-broken',
      certificate: { ...certificate, keyPem: other.keyPem },
    })
    await client.create(broken)
    await route('r15e', { rules: { 'r15e.test': { '/': 'web:80' } }, tls: { 'r15-broken': ['r15e.test'] } })

    const text = await described('r15e', 'SecretBroken')
    assert.match(text, new RegExp(`"${namespace}/r15-broken".*key`))
    const mended = await secret('r15-broken', ['r15e.test'])

    await shown('r15e.test', mended)
  })

  test('R-16 checks the certificate of an upstream by the authority and name that are given', async () => {
    const { namespace, client } = stage
    const certificate = serverCertificate(ca, ['r16.internal'])
    const ports = { https: { port: 443, targetPort: 3443, appProtocol: 'https' } }
    await stage.deploy({ service: 'r16', ports, speaks: { kind: 'https', certificate } })
    const rules = { 'r16.test': { '/': 'r16:443' } }
    await route('r16', { rules })
    await gateway.askUntil(
      { host: 'r16.test' },
      {
        is: ({ headers }) => headers['x-tidegate-reason'] === 'upstream_tls',
        what: 'the upstream is refused',
      },
    )

    const trust = { 'tidegate.dev/tls.ca-secret': 'r16-ca', 'tidegate.dev/tls.server-name': 'r16.internal' }
    await route('r16', { rules, annotations: trust })
    const text = await described('r16', 'SecretNotFound')
    assert.match(
      text,
      new RegExp(
        `annotations\\[tidegate\\.dev/tls\\.ca-secret\\]: secret "${namespace}/r16-ca" does not exist.*create secret generic r16-ca --from-file=ca\\.crt=FILE`,
      ),
    )
    const data = { 'ca.crt': Buffer.from(ca.pem).toString('base64') }
    const kind = { apiVersion: 'v1', kind: 'Secret' }
    await client.create({ ...kind, metadata: { namespace, name: 'r16-ca' }, data })

    const { echo } = await gateway.served({ host: 'r16.test' }, 'r16')
    assert.equal(echo?.port, 3443)
  })

  test('R-16 makes TLS where the annotation asks for it', async () => {
    const certificate = serverCertificate(ca, ['r16b.internal'])
    const ports = { web: { port: 80, targetPort: 3443 } }
    await stage.deploy({ service: 'r16b', ports, speaks: { kind: 'https', certificate } })

    await route('r16b', {
      annotations: { 'tidegate.dev/backend-protocol': 'https', 'tidegate.dev/tls.verify': 'off' },
      rules: { 'r16b.test': { '/': 'r16b:80' } },
    })

    await gateway.served({ host: 'r16b.test' }, 'r16b')
  })
})

describe('the class of an Ingress', () => {
  const legacy = 'kubernetes.io/ingress.class'
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    stage = await ClusterStage.open()
    await stage.deploy({ service: 'web' })
    gateway = await stage.startGateway()
  })
  after(() => stage[Symbol.asyncDispose]())

  async function route(name: string, wish: Omit<IngressWish, 'name' | 'namespace' | 'rules'>): Promise<void> {
    const { namespace, client } = stage
    await client.create(ingress({ namespace, name, rules: { [`${name}.test`]: { '/': 'web:80' } }, ...wish }))
  }

  test('R-17 is taken from the field, and an annotation beside it is told of', async () => {
    const { className, namespace, client } = stage
    await route('both', { className })
    // A new object may not have both, a changed one may.
    const change = { metadata: { annotations: { [legacy]: 'someone-else' } } }
    await client.patch('Ingress', { namespace, name: 'both' }, change)

    const text = await describedIngress(stage.access, { namespace, name: 'both' }, 'ClassIgnored')
    const { echo } = await gateway.served({ host: 'both.test' }, 'web')

    assert.match(text, /the field wins.*remove the annotation "kubernetes\.io\/ingress\.class"/)
    assert.equal(echo?.service, 'web')
  })

  test('R-17 is taken from the old annotation where there is no field', async () => {
    await route('old', { annotations: { [legacy]: stage.className } })

    const { echo } = await gateway.served({ host: 'old.test' }, 'web')

    assert.equal(echo?.service, 'web')
  })

  test('R-17 is not ours when it is another, or none', async () => {
    const { className, namespace, client } = stage
    await route('foreign', { className: 'someone-else' })
    await route('foreign-old', { annotations: { [legacy]: 'someone-else' } })
    await route('foreign-field', { className: 'someone-else' })
    const change = { metadata: { annotations: { [legacy]: className } } }
    await client.patch('Ingress', { namespace, name: 'foreign-field' }, change)
    await route('none', {})
    await route('ours', { className })
    await gateway.served({ host: 'ours.test' }, 'web')

    const hosts = ['foreign.test', 'foreign-old.test', 'foreign-field.test', 'none.test']
    const answers = await Promise.all(hosts.map((host) => gateway.ask({ host })))

    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 404, 404],
    )
  })
})
