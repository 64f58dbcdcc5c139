import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { ask, getRequest, postRequest } from '../support/ask.ts'
import { startGateway } from '../support/gateway.ts'
import { value } from '../support/message-reader.ts'
import { find } from '../support/packages.ts'
import { RawClient, tried } from '../support/raw-client.ts'

// An upstream that others wrote: what two programs of ours agree on may still be wrong.

const folder = mkdtempSync(join(tmpdir(), 'tidegate-nginx-'))
const originPort = await freePort()
const nginx = startNginx()
await answering(() => tried(originPort))
const gateway = await startGateway({
  listeners: [{ name: 'web', address: '127.0.0.1:0' }],
  routes: [{ to: 'nginx' }],
  clusters: { nginx: { endpoints: [`127.0.0.1:${originPort}`] } },
})

describe('nginx as the upstream', () => {
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    const gone = new Promise((resolve) => nginx.once('exit', resolve))
    nginx.kill('SIGTERM')
    await gone
    rmSync(folder, { recursive: true })
  })

  test('serves a file', async () => {
    const { status, body, message } = await ask(gateway.port(), getRequest('/file'))

    assert.deepEqual([status, body.length, value(message, 'content-length')], [200, 100_000, '100000'])
  })

  test('serves a range', async () => {
    const { status, body } = await ask(gateway.port(), getRequest('/file', 'Range: bytes=10-19\r\n'))

    assert.deepEqual([status, body.length], [206, 10])
  })

  test('answers 304 to a condition', async () => {
    const first = await ask(gateway.port(), getRequest('/file'))
    const { status } = await ask(
      gateway.port(),
      getRequest('/file', `If-None-Match: ${value(first.message, 'etag')}\r\n`),
    )

    assert.equal(status, 304)
  })

  test('answers HEAD', async () => {
    const { status, body, message } = await ask(gateway.port(), 'HEAD /file HTTP/1.1\r\nHost: a.test\r\n\r\n')

    assert.deepEqual([status, body, value(message, 'content-length')], [200, '', '100000'])
  })

  test('compresses in chunks', async () => {
    const { message } = await ask(gateway.port(), getRequest('/file', 'Accept-Encoding: gzip\r\n'))

    assert.deepEqual(
      [value(message, 'content-encoding'), message.framing, message.complete],
      ['gzip', 'chunked', true],
    )
  })

  test('sees the fields that the gateway sends', async () => {
    const { body } = await ask(gateway.port(), getRequest('/echo?q=1'))

    assert.match(body, /^GET \/echo\?q=1 a\.test 127\.0\.0\.1 http [\w-]{16,}\n$/)
  })

  test('refuses a body that is too large for it, and the client learns it', async () => {
    const { status } = await ask(gateway.port(), postRequest('/small', 'x'.repeat(100_000)))

    assert.equal(status, 413)
  })

  test('carries a hundred requests on one connection', async () => {
    using client = await RawClient.connect(gateway.port())

    client.send(getRequest('/echo').repeat(100))
    await client.response(99)

    assert.equal(client.responses.length, 100)
  })
})

function startNginx() {
  // Its worker is another user.
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'www'))
  writeFileSync(join(folder, 'www/file'), 'x'.repeat(100_000))
  writeFileSync(join(folder, 'www/small'), '')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ')
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log; events { worker_connections 512; }
http {
  ${temporary} access_log off; default_type text/plain; gzip on; gzip_types text/plain; gzip_proxied any; gzip_vary on;
  server {
    listen 127.0.0.1:${originPort}; root ${folder}/www;
    location /small { client_max_body_size 1k; proxy_pass http://127.0.0.1:1; }
    location /echo { return 200 "$request_method $request_uri $host $http_x_forwarded_for $http_x_forwarded_proto $http_x_request_id\\n"; }
  }
}`,
  )
  return spawn(
    find('nginx') ?? 'nginx',
    ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
    { stdio: 'ignore' },
  )
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Asks until there is an answer. */
async function answering(answer: () => Promise<number>): Promise<void> {
  for (let i = 0; i < 500 && (await answer()) === 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 10))
}
