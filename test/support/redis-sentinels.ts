import { setTimeout as pause } from 'node:timers/promises'
import type { RedisSentinels } from '../../src/limits/redis-settings.ts'
import { RedisServer } from './redis-server.ts'

/** What the Sentinels call the master. */
const name = 'mymaster'
/** With three of them, the master is down when two say so. */
const quorum = 2

/** A real master with one replica, and three Sentinels that replace it after 300 ms without an answer, on the loopback. */
export class SentinelStage implements AsyncDisposable {
  /** The first is the master in the beginning. */
  readonly servers: readonly [RedisServer, RedisServer]
  readonly sentinels: readonly RedisServer[]

  private constructor(servers: readonly [RedisServer, RedisServer], sentinels: readonly RedisServer[]) {
    this.servers = servers
    this.sentinels = sentinels
  }

  static async start(): Promise<SentinelStage> {
    const options = ['--repl-diskless-sync-delay', '0']
    const master = await RedisServer.start(...options)
    const replica = await RedisServer.start('--replicaof', `127.0.0.1 ${master.port}`, ...options)
    const sentinels: RedisServer[] = []
    for (let i = 0; i < 3; i++) sentinels.push(await startSentinel(master.port))
    const stage = new SentinelStage([master, replica], sentinels)
    await stage.untilReady()
    return stage
  }

  /** Resolves when every Sentinel knows the two others, and the replica. */
  async untilReady(): Promise<void> {
    for (const sentinel of this.sentinels) {
      while (true) {
        const known = await sentinel.commands(['SENTINEL', 'MASTER', name])
        if (/num-slaves\r\n\$1\r\n1\r\n/.test(known) && /num-other-sentinels\r\n\$1\r\n2\r\n/.test(known))
          break
        await pause(20)
      }
    }
  }

  /** Where a limiter asks for the master. */
  place(addresses = this.sentinels.map(({ port }) => port)): RedisSentinels {
    return {
      kind: 'sentinel',
      name,
      addresses: addresses.map((port) => ({ host: '127.0.0.1', port })),
      login: { username: undefined, password: undefined, tls: undefined },
      database: 0,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [...this.sentinels, ...this.servers]) await server[Symbol.asyncDispose]()
  }
}

/** A Sentinel writes what it learns into its own file. */
async function startSentinel(master: number): Promise<RedisServer> {
  const sentinel = await RedisServer.prepare()
  const lines = [
    `sentinel monitor ${name} 127.0.0.1 ${master} ${quorum}`,
    `sentinel down-after-milliseconds ${name} 300`,
    `sentinel failover-timeout ${name} 3000`,
  ]
  const file = sentinel.folder.write('sentinel.conf', `${lines.join('\n')}\n`)
  await sentinel.startWith(file, '--sentinel')
  return sentinel
}
