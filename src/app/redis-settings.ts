import type { RedisLogin, RedisPlace, RedisSettings } from '../limits/redis-settings.ts'
import type { RedisStore } from '../model/redis-store.ts'
import { resolveSecret, type Secret, type SecretReference } from '../model/secret.ts'
import { readSecretFile } from '../sources/secret-file.ts'
import { environment } from './environment.ts'

export interface RedisFound {
  /** Without what is missing: such a Redis refuses us, and counts as away. */
  readonly settings: RedisSettings
  /** To be kept out of the log. */
  readonly secrets: readonly Secret[]
  /** Sentences that say what is missing. */
  readonly missing: readonly string[]
}

/** The Redis of rate limits, with its passwords looked up and its authorities read. */
export function redisSettings(store: RedisStore): RedisFound {
  const { place, username, tls, ca: caFile, serverName, prefix, deadline } = store
  const search = new SecretSearch()
  const password = search.find('redis.password', store.password)
  const ca = caFile === undefined ? undefined : readSecretFile(caFile)
  if (caFile !== undefined && ca?.includes('-----BEGIN CERTIFICATE-----') !== true)
    search.missing.push(
      `redis.ca: the file ${caFile} holds no certificate: put those of the authorities there, as PEM`,
    )
  const login = { username, password, tls: tls === 'on' ? { ca, serverName } : undefined }
  const settings = { ...login, place: placeOf(place, ca, search), prefix, deadline }
  return { settings, secrets: search.found, missing: search.missing }
}

function placeOf(place: RedisStore['place'], ca: string | undefined, search: SecretSearch): RedisPlace {
  if (place.kind !== 'sentinel') return place
  const { name, addresses, database, username, tls } = place
  const login: RedisLogin = {
    username,
    password: search.find('redis.sentinel.password', place.password),
    tls: tls === 'on' ? { ca, serverName: undefined } : undefined,
  }
  return { kind: 'sentinel', name, addresses, login, database }
}

class SecretSearch {
  readonly found: Secret[] = []
  readonly missing: string[] = []

  find(key: string, reference: SecretReference | undefined): Secret | undefined {
    if (reference === undefined) return undefined
    const secret = resolveSecret(reference, { env: environment(), readSecret: readSecretFile })
    if (secret !== undefined) {
      this.found.push(secret)
      return secret
    }
    const where = reference.kind === 'env' ? `variable ${reference.name}` : `file ${reference.path}`
    this.missing.push(`${key}: the ${where} is empty or not there: put the password into it`)
    return undefined
  }
}
