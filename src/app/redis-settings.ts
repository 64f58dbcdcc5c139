import type { RedisSettings } from '../limits/redis-settings.ts'
import type { RedisStore } from '../model/redis-store.ts'
import { resolveSecret } from '../model/secret.ts'
import { readSecretFile } from '../sources/secret-file.ts'
import { environment } from './environment.ts'

export interface RedisFound {
  /** Without what is missing: such a Redis refuses us, and counts as away. */
  readonly settings: RedisSettings
  /** Sentences that say what is missing. */
  readonly missing: readonly string[]
}

/** The Redis of rate limits, with its password looked up and its authorities read. */
export function redisSettings(store: RedisStore): RedisFound {
  const { address, username, password: reference, ca: caFile, serverName, prefix, deadline } = store
  const { host, port, database, tls } = address
  const missing: string[] = []
  const sources = { env: environment(), readSecret: readSecretFile }
  const password = reference === undefined ? undefined : resolveSecret(reference, sources)
  if (reference !== undefined && password === undefined) {
    const where = reference.kind === 'env' ? `variable ${reference.name}` : `file ${reference.path}`
    missing.push(`redis.password: the ${where} is empty or not there: put the password into it`)
  }
  const ca = caFile === undefined ? undefined : readSecretFile(caFile)
  if (caFile !== undefined && ca?.includes('-----BEGIN CERTIFICATE-----') !== true)
    missing.push(
      `redis.ca: the file ${caFile} holds no certificate: put those of the authorities there, as PEM`,
    )
  const found = { host, port, database, username, password, prefix, deadline }
  return { settings: { ...found, tls: tls === 'on' ? { ca, serverName } : undefined }, missing }
}
