import { dirname, join } from 'node:path/posix'
import type { RedisPlace, RedisStore } from '../../model/redis-store.ts'
import type { NativeRedis } from '../schema/redis.ts'

/** @param file where it is written: a relative path of `ca` begins at its folder. */
export function redisStore(native: NativeRedis, file: string): RedisStore {
  const { url, username, password, ca, serverName, prefix, deadline, replicas } = native
  const tls = url?.tls ?? native.tls ?? 'off'
  return {
    place: placeOf(native, tls),
    tls,
    username,
    password,
    ca: ca === undefined || ca.startsWith('/') ? ca : join(dirname(file), ca),
    serverName,
    prefix,
    deadline,
    replicas,
  }
}

/** The schema has seen that it is one of the three. */
function placeOf({ url, sentinel, cluster, database }: NativeRedis, tls: 'on' | 'off'): RedisPlace {
  if (url !== undefined) return { kind: 'server', address: url.address, database: url.database }
  if (sentinel === undefined) return { kind: 'cluster', addresses: cluster ?? [] }
  const { name, addresses, username, password } = sentinel
  return {
    kind: 'sentinel',
    name,
    addresses,
    username,
    password,
    tls: sentinel.tls ?? tls,
    database: database ?? 0,
  }
}
