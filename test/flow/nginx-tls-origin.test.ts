import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { ask, getRequest } from '../support/ask.ts'
import { issue, makeCa } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import { type Config, startGateway } from '../support/gateway.ts'
import { find } from '../support/packages.ts'
import { tried } from '../support/raw-client.ts'

// A TLS upstream that others wrote: it wants a certificate of us and tells what it saw.

const folder = testFolder()
const ca = makeCa()
const caFile = folder.write('ca.pem', ca.pem)
const otherCaFile = folder.write('other.pem', makeCa('Other CA').pem)
const server = issue(ca, { altNames: ['DNS:api.test'] })
const mine = issue(ca, { name: 'gateway', usage: 'client' })
const certificate = { cert: folder.write('mine.crt', mine.pem), key: folder.write('mine.key', mine.keyPem) }
const port = await freePort()
const proxyPort = await freePort()
const nginx = startNginx()
for (let i = 0; i < 500 && (await tried(port)) === 0; i++)
  await new Promise((resolve) => setTimeout(resolve, 10))

const gateway = await startGateway(configOf({}))

function configOf(tls: Config, cluster: Config = {}): Config {
  const settings = { ca: caFile, serverName: 'api.test', certificate, ...tls }
  return {
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ to: 'nginx' }],
    clusters: { nginx: { endpoints: [`127.0.0.1:${port}`], tls: settings, ...cluster } },
  }
}

describe('nginx as the upstream, by TLS', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    const gone = new Promise((resolve) => nginx.once('exit', resolve))
    nginx.kill('SIGTERM')
    await gone
    folder[Symbol.dispose]()
  })

  test('sees our server name, our certificate and the newest version', async () => {
    const { body } = await ask(gateway.port(), getRequest('/seen'))

    assert.equal(body, 'api.test CN=gateway SUCCESS TLSv1.3')
  })

  test('serves a large file', async () => {
    const { status, body } = await ask(gateway.port(), getRequest('/file'))

    assert.deepEqual([status, body.length], [200, 1_000_000])
  })

  test('resumes the session on the next connection', async () => {
    await gateway.install(configOf({}, { pool: { idleConnections: 0 } }))

    const answers: string[] = []
    for (let times = 0; times < 3; times++)
      answers.push((await ask(gateway.port(), getRequest('/reused'))).body)

    assert.deepEqual(answers, ['.', 'r', 'r'])
  })

  test('is refused as soon as its authority is not ours any more, and taken again when it is', async () => {
    await gateway.install(configOf({ ca: otherCaFile }))
    const refused = await ask(gateway.port(), getRequest('/seen'))
    await gateway.install(configOf({}))
    const taken = await ask(gateway.port(), getRequest('/seen'))

    assert.deepEqual([refused.status, taken.status], [503, 200])
  })

  for (const version of ['v1', 'v2']) {
    test(`reads the PROXY header ${version} that goes before the handshake`, async () => {
      const endpoints = [`127.0.0.1:${proxyPort}`]
      await gateway.install(configOf({}, { endpoints, proxyProtocol: version }))

      assert.equal((await ask(gateway.port(), getRequest('/'))).body, '127.0.0.1 api.test')
    })
  }

  test('answers 400 to a connection without a certificate', async () => {
    const bare = { ca: caFile, serverName: 'api.test' }
    await gateway.install({
      ...configOf({}),
      clusters: { nginx: { endpoints: [`127.0.0.1:${port}`], tls: bare } },
    })

    assert.equal((await ask(gateway.port(), getRequest('/seen'))).status, 400)
  })
})

function startNginx() {
  // Its worker is another user.
  chmodSync(folder.path, 0o755)
  folder.write('www/file', 'x'.repeat(1_000_000))
  folder.write('server.crt', server.pem)
  folder.write('server.key', server.keyPem)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder.path}/${name};`)
    .join(' ')
  folder.write(
    'nginx.conf',
    `daemon off; worker_processes 1; pid ${folder.path}/pid; error_log ${folder.path}/error.log; events { worker_connections 64; }
http {
  ${temporary} access_log off; default_type text/plain;
  server {
    listen 127.0.0.1:${port} ssl; root ${folder.path}/www;
    ssl_certificate server.crt; ssl_certificate_key server.key; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_client_certificate ca.pem; ssl_verify_client on;
    location /seen { return 200 "$ssl_server_name $ssl_client_s_dn $ssl_client_verify $ssl_protocol"; }
    location /reused { return 200 "$ssl_session_reused"; }
  }
  server {
    listen 127.0.0.1:${proxyPort} ssl proxy_protocol;
    ssl_certificate server.crt; ssl_certificate_key server.key;
    location / { return 200 "$proxy_protocol_addr $ssl_server_name"; }
  }
}`,
  )
  const paths = ['-c', join(folder.path, 'nginx.conf'), '-e', join(folder.path, 'error.log')]
  return spawn(find('nginx') ?? 'nginx', paths, { stdio: 'ignore' })
}

async function freePort(): Promise<number> {
  const held = createServer()
  await new Promise<void>((resolve) => held.listen(0, '127.0.0.1', resolve))
  const address = held.address()
  await new Promise((resolve) => held.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
