import { dirname, join } from 'node:path/posix'
import type { RedisStore } from '../../model/redis-store.ts'
import type { NativeRedis } from '../schema/redis.ts'

/** @param file where it is written: a relative path of `ca` begins at its folder. */
export function redisStore(native: NativeRedis, file: string): RedisStore {
  const { url, username, password, ca, serverName, prefix, deadline, replicas } = native
  return {
    address: url,
    username,
    password,
    ca: ca === undefined || ca.startsWith('/') ? ca : join(dirname(file), ca),
    serverName,
    prefix,
    deadline,
    replicas,
  }
}
