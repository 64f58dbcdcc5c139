import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { RedisLogin, RedisTls } from '../../src/limits/redis-settings.ts'
import { issue, makeCa } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { limitOf, redisStage } from '../support/redis-limiter.ts'
import { RedisServer } from '../support/redis-server.ts'

const ca = makeCa('Redis CA')
/** Masters and nodes are known by their address, and have certificates for names. */
const ofServer = issue(ca, { name: 'redis', altNames: ['DNS:redis.test'] })
const ofSentinel = issue(ca, { name: 'sentinel', altNames: ['IP:127.0.0.1'] })

/** Starts a server with TLS on a second port, and gives that port. */
async function startTls(
  server: RedisServer,
  certificate: typeof ofServer,
  ...options: readonly string[]
): Promise<number> {
  const port = await freePort()
  const [cert, key, authorities] = [
    server.folder.write('cert.pem', certificate.pem),
    server.folder.write('key.pem', certificate.keyPem),
    server.folder.write('ca.pem', ca.pem),
  ]
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', authorities]
  await server.startWith(...options, ...files, '--tls-port', String(port), '--tls-auth-clients', 'no')
  return port
}

function tlsFor(serverName: string | undefined): RedisTls {
  return { ca: ca.pem, serverName }
}

describe('a limiter that talks TLS', () => {
  test('asks nodes of a Cluster whose certificate has the name it was told, and no others', async () => {
    await using node = await RedisServer.prepare()
    const ways = ['--save', '', '--cluster-enabled', 'yes', '--cluster-port', String(await freePort())]
    const port = await startTls(node, ofServer, ...ways, '--tls-cluster', 'yes')
    await node.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    while (!(await node.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) await pause(20)

    await using taking = await redisStage([port], { settings: { tls: tlsFor('redis.test') } })
    await using refusing = await redisStage([port], { settings: { tls: tlsFor(undefined) } })

    assert.equal((await taking.take(limitOf(0.01, 0))).by, 'store')
    assert.match(refusing.events[0]?.cause ?? '', /does not match certificate's altnames/)
  })

  test('asks Sentinels by their address, and the master by the name it was told', async () => {
    await using master = await RedisServer.prepare()
    await using sentinel = await RedisServer.prepare()
    const masterPort = await startTls(master, ofServer, '--save', '')
    const file = sentinel.folder.write('s.conf', `sentinel monitor m 127.0.0.1 ${masterPort} 1\n`)
    const port = await startTls(sentinel, ofSentinel, file, '--sentinel', '--tls-replication', 'yes')
    const login: RedisLogin = { username: undefined, password: undefined, tls: tlsFor(undefined) }
    const addresses = [{ host: '127.0.0.1', port }]
    const place = { kind: 'sentinel', name: 'm', addresses, login, database: 3 } as const

    await using taking = await redisStage(place, { settings: { tls: tlsFor('redis.test') } })
    await using refusing = await redisStage(place, { settings: { tls: tlsFor(undefined) } })

    assert.equal((await taking.take(limitOf(0.01, 0))).by, 'store')
    assert.match(refusing.events[0]?.cause ?? '', /does not match certificate's altnames/)
    assert.match(await master.commands(['SELECT', '3'], ['DBSIZE']), /:[12]\r\n$/)
  })
})
