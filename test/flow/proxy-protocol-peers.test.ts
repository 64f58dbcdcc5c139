import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { getRequest } from '../support/ask.ts'
import { issue, makeCa } from '../support/certificates.ts'
import { testFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { startGateway } from '../support/gateway.ts'
import { bodyText, value } from '../support/message-reader.ts'
import { answer, Origin } from '../support/origin.ts'
import { find } from '../support/packages.ts'
import { RawClient, until } from '../support/raw-client.ts'
import { TcpPeer } from '../support/tcp-peer.ts'

// Peers that others wrote: what two programs of ours agree on may still be wrong.

const ca = makeCa()
const made = issue(ca, { name: 'a.test', altNames: ['DNS:a.test'] })
const folder = testFolder()
// Their workers are other users.
chmodSync(folder.path, 0o755)
const bundle = folder.write('a.pem', made.pem + made.keyPem)
const [cert, key] = [folder.write('a.crt', made.pem), folder.write('a.key', made.keyPem)]

const origin = await Origin.start({ onRequest: () => answer(200, 'ok') })
const ports = {
  v1: await freePort(),
  v2: await freePort(),
  options: await freePort(),
  tls: await freePort(),
  haproxy: await freePort(),
  nginx: await freePort(),
}
const address = '127.0.0.1:0'
const proxied = (version: string) => ({ endpoints: [`127.0.0.1:${ports.haproxy}`], proxyProtocol: version })
const toNginx = (version: string) => ({ endpoints: [`127.0.0.1:${ports.nginx}`], proxyProtocol: version })
const gateway = await startGateway({
  listeners: [
    { name: 'in', address, proxyProtocol: { from: ['127.0.0.1'] } },
    { name: 'out', address },
    { name: 'secure', address, tls: { certificates: [{ cert, key }] }, tcp: { to: 'haproxy-v2' } },
    { name: 'bytes', address, tcp: { to: 'nginx-v2' } },
  ],
  routes: [
    { hosts: ['in.test'], to: 'origin' },
    { hosts: ['haproxy-v1.test'], to: 'haproxy-v1' },
    { hosts: ['haproxy-v2.test'], to: 'haproxy-v2' },
    { hosts: ['nginx-v1.test'], to: 'nginx-v1' },
    { hosts: ['nginx-v2.test'], to: 'nginx-v2' },
  ],
  clusters: {
    origin: { endpoints: [origin.address] },
    'haproxy-v1': proxied('v1'),
    'haproxy-v2': proxied('v2'),
    'nginx-v1': toNginx('v1'),
    'nginx-v2': toNginx('v2'),
  },
})
const children = [startHaproxy(), startNginx()]
for (const port of Object.values(ports)) await until(await accepting(port), `port ${port} accepts`)

/** A request by the client's own address, which differs from that of everybody between. */
async function ask(port: number, host: string) {
  const client = await RawClient.connect({ host: '127.0.0.1', port, localAddress: '127.0.0.9' })
  client.send(getRequest('/').replace('a.test', host))
  const message = await client.response()
  const ends = `127.0.0.9 ${client.socket.localPort} 127.0.0.1 ${port}`
  client[Symbol.dispose]()
  return { ends, body: bodyText(message) }
}

describe('PROXY headers with others', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
    for (const child of children) {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    }
    folder[Symbol.dispose]()
  })

  for (const name of ['v1', 'v2', 'options'] as const) {
    test(`HAProxy sends: ${name}`, async () => {
      origin.forget()

      await ask(ports[name], 'in.test')

      assert.equal(value(origin.requests.at(-1)!, 'x-forwarded-for'), '127.0.0.9')
    })
  }

  test('HAProxy sends what it knows of TLS', async () => {
    origin.forget()
    const options = {
      port: ports.tls,
      host: '127.0.0.1',
      localAddress: '127.0.0.9',
      servername: 'a.test',
      ca: ca.pem,
    }
    const client = new TcpPeer(connectTls(options))
    client.send(getRequest('/').replace('a.test', 'in.test'))
    await client.heard(10)
    client.socket.destroy()

    assert.match(client.text, /^HTTP\/1\.1 200 /)
    assert.equal(value(origin.requests.at(-1)!, 'x-forwarded-for'), '127.0.0.9')
  })

  for (const version of ['v1', 'v2'] as const) {
    for (const peer of ['haproxy', 'nginx'] as const) {
      test(`${peer} reads ${version}`, async () => {
        const { ends, body } = await ask(gateway.port('out'), `${peer}-${version}.test`)

        assert.equal(body.trim(), ends)
      })
    }
  }

  test('nginx reads v2 in front of a tunnel', async () => {
    const { ends, body } = await ask(gateway.port('bytes'), 'nginx-v2.test')

    assert.equal(body.trim(), ends)
  })

  test('HAProxy reads the server name', async () => {
    const options = { port: gateway.port('secure'), host: '127.0.0.1', servername: 'a.test', ca: ca.pem }
    const socket = connectTls(options)
    const client = new TcpPeer(socket)
    client.send(getRequest('/'))
    const text = await client.heard(90)
    const ends = `127.0.0.1 ${socket.localPort} 127.0.0.1 ${gateway.port('secure')} a.test`
    socket.destroy()

    assert.equal(text.split('\r\n\r\n')[1]?.trim(), ends)
  })
})

function startHaproxy(): ChildProcess {
  const sender = (name: keyof typeof ports, bind: string, options: string) => `
listen ${name}
  mode tcp
  unique-id-format %[uuid]
  bind 127.0.0.1:${ports[name]} ${bind}
  server gateway 127.0.0.1:${gateway.port('in')} ${options}`
  const file = folder.write(
    'haproxy.cfg',
    `global
  maxconn 200
defaults
  timeout connect 5s
  timeout client 20s
  timeout server 20s
${sender('v1', '', 'send-proxy')}
${sender('v2', '', 'send-proxy-v2')}
${sender('options', '', 'send-proxy-v2 proxy-v2-options crc32c,unique-id')}
${sender('tls', `ssl crt ${bundle} alpn http/1.1`, 'send-proxy-v2-ssl-cn proxy-v2-options ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,crc32c')}

frontend receiver
  mode http
  bind 127.0.0.1:${ports.haproxy} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port] %[fc_pp_authority]"
`,
  )
  return spawn(find('haproxy') ?? 'haproxy', ['-q', '-f', file], { stdio: ['ignore', 'ignore', 'inherit'] })
}

function startNginx(): ChildProcess {
  mkdirSync(`${folder.path}/tmp`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder.path}/tmp/${name};`)
    .join(' ')
  const shown = ['addr', 'port', 'server_addr', 'server_port']
    .map((name) => `$proxy_protocol_${name}`)
    .join(' ')
  const file = folder.write(
    'nginx.conf',
    `daemon off; worker_processes 1; pid ${folder.path}/pid; error_log ${folder.path}/error.log; events { worker_connections 128; }
http {
  ${temporary} access_log off; default_type text/plain;
  server {
    listen 127.0.0.1:${ports.nginx} proxy_protocol;
    location / { return 200 "${shown}"; }
  }
}`,
  )
  const args = ['-c', file, '-e', `${folder.path}/error.log`]
  return spawn(find('nginx') ?? 'nginx', args, { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Becomes true once something accepts on the port. */
async function accepting(port: number): Promise<() => boolean> {
  let yes = false
  void (async () => {
    while (!yes) {
      const client = await RawClient.connect(port).catch(() => undefined)
      yes = client !== undefined
      client?.[Symbol.dispose]()
    }
  })()
  return () => yes
}
