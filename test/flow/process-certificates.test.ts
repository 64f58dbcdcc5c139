import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { connect } from 'node:tls'
import { issue, type MadeCertificate, makeCa } from '../support/certificates.ts'
import { type TestFolder, testFolder } from '../support/folder.ts'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { until } from '../support/raw-client.ts'
import { root } from '../support/source-files.ts'

const ca = makeCa()
const first = issue(ca, { altNames: ['DNS:a.test'], keyType: 'ecdsa' })
const second = issue(ca, { altNames: ['DNS:a.test'], keyType: 'rsa' })

/** A TLS listener with the pair `tls.crt` and `tls.key` of a folder. */
function config(folder: string, more: Config = {}): Config {
  const certificates = [{ cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }]
  return {
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: 'off' },
    listeners: [{ name: 'web', address: '127.0.0.1:0', tls: { certificates } }],
    routes: [{ filters: [{ respond: { body: 'one' } }] }],
    ...more,
  }
}

function writePair(folder: TestFolder, made: MadeCertificate): void {
  folder.write('tls.crt', made.pem)
  folder.write('tls.key', made.keyPem)
}

/** The serial number of the certificate that a handshake shows, in lower case. */
async function serialOf(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'a.test', ca: ca.pem })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber.toLowerCase()
}

function serial({ serial }: MadeCertificate): string {
  return serial.toString(16).padStart(4, '0')
}

async function messages(gateway: GatewayProcess): Promise<string> {
  const { problems } = (await gateway.admin('/api/problems')) as { problems: { message: string }[] }
  return problems.map(({ message }) => message).join('\n')
}

const inForce = 'configuration in force'

for (const workers of [1, 2]) {
  describe(`certificates with ${workers === 1 ? 'one process' : 'two workers'}`, () => {
    test('are shown anew after their files were replaced one after the other', async () => {
      using folder = testFolder()
      writePair(folder, first)
      await using gateway = await GatewayProcess.start(config(folder.path), { workers })
      const before = await serialOf(gateway.port())

      folder.write('tls.crt', second.pem)
      await gateway.line(/is not the key of .*what it held before stays in force/)
      const between = await serialOf(gateway.port())
      folder.write('tls.key', second.keyPem)
      await gateway.line(inForce, 2)

      assert.deepEqual(
        [before, between, await serialOf(gateway.port())],
        [serial(first), serial(first), serial(second)],
      )
      assert.equal(await messages(gateway), '')
    })

    test('that are broken stay as they were, and the rest of a change takes effect', async () => {
      using folder = testFolder()
      writePair(folder, first)
      await using gateway = await GatewayProcess.start(config(folder.path), { workers })

      folder.write('tls.key', 'nothing')
      gateway.write(config(folder.path, { routes: [{ filters: [{ respond: { body: 'two' } }] }] }))
      await gateway.line(inForce, 2)

      assert.equal(await serialOf(gateway.port()), serial(first))
      assert.match(
        await messages(gateway),
        /tls\.key" holds no private key in PEM; what it held before stays in force/,
      )
      assert.match(JSON.stringify(await gateway.admin('/api/model')), /"two"/)
    })

    test('go to a worker that comes later', async () => {
      using folder = testFolder()
      writePair(folder, first)
      await using gateway = await GatewayProcess.start(config(folder.path), { workers })
      writePair(folder, second)
      await gateway.line(inForce, 2)
      if (workers > 1) for (const pid of gateway.workers()) process.kill(pid, 'SIGKILL')
      if (workers > 1) await until(() => gateway.workers().length >= 4, 'workers are replaced')

      assert.equal(await serialOf(gateway.port()), serial(second))
    })
  })
}

describe('a certificate', () => {
  test('behind links that are swapped, as Kubernetes mounts it, is taken up', async () => {
    using folder = testFolder()
    const mount = (name: string, made: MadeCertificate) => {
      mkdirSync(join(folder.path, name))
      writeFileSync(join(folder.path, name, 'tls.crt'), made.pem)
      writeFileSync(join(folder.path, name, 'tls.key'), made.keyPem)
      symlinkSync(name, join(folder.path, '..data.next'))
      renameSync(join(folder.path, '..data.next'), join(folder.path, '..data'))
    }
    mount('..one', first)
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(folder.path, name))
    await using gateway = await GatewayProcess.start(config(folder.path))

    mount('..two', second)
    rmSync(join(folder.path, '..one'), { recursive: true })
    await gateway.line(inForce, 2)

    assert.equal(await serialOf(gateway.port()), serial(second))
  })

  test('that is broken at the start is an error, and nothing starts', async () => {
    using folder = testFolder()
    folder.write('tls.crt', first.pem)
    folder.write('tls.key', second.keyPem)
    await using gateway = await GatewayProcess.start(config(folder.path))

    assert.equal(await gateway.exit(), '1')
    assert.ok(gateway.has(/tls\.key" is not the key of the certificate in ".*tls\.crt"; name the key/))
  })

  test('that a reload names for the first time, and that is broken, refuses the reload', async () => {
    using folder = testFolder()
    writePair(folder, first)
    await using gateway = await GatewayProcess.start(config(folder.path))

    const certificates = [{ cert: join(folder.path, 'absent.crt'), key: join(folder.path, 'tls.key') }]
    gateway.write(
      config(folder.path, { listeners: [{ name: 'web', address: '127.0.0.1:0', tls: { certificates } }] }),
    )
    await gateway.line(/was refused and the last good one stays/)
    folder.write('absent.crt', first.pem)
    await gateway.line(/says what it said before|configuration in force/, 2)

    assert.equal(await serialOf(gateway.port()), serial(first))
  })

  test('says in metrics and problems when it expires', async () => {
    using folder = testFolder()
    const notAfter = new Date(Date.now() + 2.5 * 86_400_000)
    writePair(folder, issue(ca, { altNames: ['DNS:a.test'], notAfter }))
    await using gateway = await GatewayProcess.start(config(folder.path))

    const series = `tidegate_certificate_not_after_seconds{file="${join(folder.path, 'tls.crt')}",name="a.test"}`

    assert.equal(await gateway.metric(series), Math.floor(notAfter.getTime() / 1000))
    assert.match(await messages(gateway), /the certificate for a\.test in ".*tls\.crt" expires in 2 days/)
    assert.ok(gateway.has(/expires in 2 days/))
  })
})

describe('keys', () => {
  test('are in nothing that the gateway says', async () => {
    using folder = testFolder()
    writePair(folder, first)
    const password = 'correct-horse-battery'
    folder.write('password', password)
    folder.write('own.crt', first.pem)
    folder.write(
      'own.key',
      first.key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password }),
    )
    folder.write('ca.pem', ca.pem)
    const tickets = Buffer.alloc(48, 'ticket-key').toString('base64')
    folder.write('tickets.key', tickets)
    const text = {
      ...config(folder.path),
      log: { level: 'debug' },
      listeners: [
        {
          name: 'web',
          address: '127.0.0.1:0',
          tls: {
            certificates: [{ cert: join(folder.path, 'tls.crt'), key: join(folder.path, 'tls.key') }],
            tickets: { keys: join(folder.path, 'tickets.key') },
          },
        },
      ],
      routes: [{ to: 'api' }],
      clusters: {
        api: {
          endpoints: ['127.0.0.1:1'],
          tls: {
            ca: join(folder.path, 'ca.pem'),
            certificate: {
              cert: join(folder.path, 'own.crt'),
              key: join(folder.path, 'own.key'),
              password: `file:${folder.path}/password`,
            },
          },
        },
      },
    }
    await using gateway = await GatewayProcess.start(text)
    await serialOf(gateway.port())
    folder.write('own.key', 'damaged')
    await gateway.line(/stays in force/)

    const pages = ['/api/model', '/api/problems', '/api/clusters', '/metrics', '/api/version', '/']
    const said = await Promise.all(
      pages.map(async (path) => (await gateway.get(path, { name: 'admin' })).text),
    )
    const explained = await gateway.get('/api/explain?method=GET&url=https://a.test/', { name: 'admin' })
    folder.write('own.key', first.keyPem)
    const command = (...args: string[]) =>
      execFileSync(process.execPath, ['src/main.ts', ...args], { cwd: root, encoding: 'utf8' })
    const printed = [
      command('print', '--config', gateway.file),
      command('print', '--config', gateway.file, '--json'),
      command('check', gateway.file),
    ]
    const explanation = command('explain', 'GET', 'https://a.test/', '--config', gateway.file, '--json')
    const everything = [
      ...said,
      explained.text,
      ...printed,
      explanation,
      JSON.stringify(gateway.log),
      gateway.odd.join('\n'),
    ].join('\n')

    const secrets = [first, second].map(({ keyPem }) => keyPem.split('\n')[1] ?? '')
    for (const secret of [...secrets, password, tickets, 'PRIVATE KEY', 'BEGIN CERTIFICATE']) {
      assert.ok(!everything.includes(secret), `${secret.slice(0, 12)}… is said somewhere`)
    }
    assert.match(said[0] ?? '', /"fingerprint"/)
  })
})
