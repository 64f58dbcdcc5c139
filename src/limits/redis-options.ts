import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { RedisOptions } from 'ioredis'
import type { RedisAddress } from '../model/redis-store.ts'
import type { Random } from '../std/random.ts'
import type { Ms } from '../std/units.ts'
import type { RedisLogin, RedisPlace, RedisSentinels, RedisTls } from './redis-settings.ts'

/** A connection that is not there by then is tried anew. */
const connectTimeoutMs = 1000
/** What a Sentinel has to answer within; then the next one is asked. */
const sentinelTimeoutMs = 500

/** Where one connection goes. */
export type RedisTarget = Exclude<RedisPlace, { readonly kind: 'cluster' }>
/** Of the third protocol nothing is used, and proxies of Redis do not all speak it. */
export type SecondProtocol = RedisOptions & { readonly replyMapping: 'legacy' }

/** How ioredis is to be: it queues nothing, repeats nothing, and waits `pause` between its tries to connect. */
export function redisOptions(
  target: RedisTarget,
  login: RedisLogin,
  pause: (times: number) => Ms,
): SecondProtocol {
  return {
    ...loginOptions(login),
    ...(target.kind === 'server' ? serverOptions(target.address, login) : sentinelOptions(target, login)),
    db: target.database,
    connectionName: 'tidegate',
    protocol: 2,
    replyMapping: 'legacy',
    disableClientInfo: true,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: 500,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: 500,
    retryStrategy: pause,
  }
}

/** Pauses from `firstMs` to `longestMs`, doubling, each by half at random. */
export function pauses(firstMs: Ms, longestMs: Ms, random: Random): (times: number) => Ms {
  return (times) => Math.min(longestMs, firstMs * 2 ** Math.min(times - 1, 10)) * (0.5 + random() / 2)
}

function loginOptions({ username, password }: RedisLogin): RedisOptions {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
  }
}

function serverOptions({ host, port }: RedisAddress, { tls }: RedisLogin): RedisOptions {
  return { host, port, ...(tls === undefined ? {} : { tls: tlsOptions(tls, host) }) }
}

/** Only those Sentinels are asked that the operator wrote down: what others are called may not be reachable from here. */
function sentinelOptions({ name, addresses, login }: RedisSentinels, { tls }: RedisLogin): RedisOptions {
  const { username, password } = login
  return {
    name,
    role: 'master',
    sentinels: addresses.map(({ host, port }) => ({ host, port })),
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password.reveal() }),
    ...(login.tls === undefined ? {} : { sentinelTLS: tlsOptions(login.tls, undefined) }),
    ...(tls === undefined ? {} : { enableTLSForSentinelMode: true, tls: tlsOptions(tls, undefined) }),
    sentinelCommandTimeout: sentinelTimeoutMs,
    updateSentinels: false,
    // When none answers the connection ends, and its owner tries again: ioredis would not be stopped while it waits.
    sentinelRetryStrategy: () => null,
  }
}

/** @param host `undefined` when it is known only later: Node then takes that of the connection. */
function tlsOptions({ ca, serverName }: RedisTls, host: string | undefined): ConnectionOptions {
  // An address is no server name (RFC 6066 §3); the certificate is compared with it all the same.
  const name = serverName ?? (host === undefined || isIP(host) !== 0 ? undefined : host)
  return { ...(name === undefined ? {} : { servername: name }), ...(ca === undefined ? {} : { ca }) }
}
