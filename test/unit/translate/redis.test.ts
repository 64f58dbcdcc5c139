import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { printModel } from '../../../src/model/print.ts'
import { translateStandalone } from '../../../src/translate/standalone.ts'
import { FakeMaterials } from '../../support/fake-materials.ts'

const env = { REDIS_PASSWORD: 'canary' }

function translate(redis: string) {
  const text = `redis: ${redis}\nroutes: [{ filters: [{ respond: { status: 200 } }] }]\n`
  const files = [{ path: '/etc/tidegate/gateway.yaml', text }]
  return translateStandalone(files, { env, readSecret: () => undefined, materials: new FakeMaterials() })
}

function said(redis: string): string {
  return translate(redis)
    .problems.map(({ message, remedy }) => `${message}; ${remedy}`)
    .join('\n')
}

const addresses: readonly (readonly [string, readonly unknown[]])[] = [
  ['redis://redis', ['redis', 6379, 0, 'off']],
  ['redis://redis:7000/', ['redis', 7000, 0, 'off']],
  ['redis://10.0.0.1:7000/3', ['10.0.0.1', 7000, 3, 'off']],
  ['redis://[::1]:7000', ['::1', 7000, 0, 'off']],
  ['rediss://redis.test', ['redis.test', 6379, 0, 'on']],
]

const wrongAddresses: readonly (readonly [string, RegExp])[] = [
  ['', /is not an address of a Redis/],
  ['redis', /is not an address of a Redis/],
  ['redis:6379', /is not an address of a Redis/],
  ['http://redis', /is not an address of a Redis/],
  ['redis://', /is not an address of a Redis/],
  ['redis://redis:99999', /is not an address of a Redis/],
  ['redis://redis/cache', /has a path that is not the number of a database/],
  ['redis://redis?db=1', /has a query or a fragment/],
  ['redis://redis#1', /has a query or a fragment/],
  ['redis://user:pw@redis', /holds a user or a password/],
  ['redis://:pw@redis', /holds a user or a password/],
]

const wrongPlaces: readonly (readonly [string, RegExp])[] = [
  ['{ prefix: "a:" }', /says of no Redis where it is; write one of "url", "sentinel" and "cluster"/],
  ['{ url: "redis://redis", sentinel: { name: m, addresses: [s] } }', /stands beside "url"/],
  ['{ sentinel: { name: m, addresses: [s] }, cluster: [redis] }', /stands beside "sentinel"/],
  ['{ cluster: [redis], database: 1 }', /is not 0, and a Cluster has only that one; leave it out/],
  ['{ url: "redis://redis", database: 1 }', /write it into "url": "redis:\/\/HOST:PORT\/1"/],
  ['{ url: "redis://redis", tls: on }', /write "rediss:\/\/" in "url"/],
  ['{ cluster: [redis], ca: redis.pem }', /is for TLS, which is not on; write "tls: on" beside it/],
  ['{ cluster: [] }', /cluster/],
  ['{ cluster: ["redis:0"] }', /has port 0/],
  ['{ cluster: ["redis:99999"] }', /has a port above 65535/],
  ['{ cluster: ["redis://redis"] }', /is more than an address; write only host and port/],
  ['{ cluster: ["::1"] }', /IPv6 needs brackets/],
  ['{ cluster: ["unix:/run/redis.sock"] }', /is not a host and a port/],
  ['{ sentinel: { name: "my master", addresses: [s] } }', /is not a name of a master/],
  ['{ sentinel: { name: m } }', /addresses/],
  ['{ sentinel: { name: m, addresses: [s], password: hunter2 } }', /written into the file/],
]

describe('the block "redis"', () => {
  for (const [url, expected] of addresses) {
    test(`reads ${url}`, () => {
      const { model, problems } = translate(`{ url: "${url}" }`)

      assert.deepEqual(problems, [])
      const { place, tls } = model?.settings.redis ?? {}
      const [host, port, database] = expected
      assert.deepEqual([place, tls], [{ kind: 'server', address: { host, port }, database }, expected[3]])
    })
  }

  for (const [url, message] of wrongAddresses) {
    test(`refuses "${url}"`, () => {
      assert.match(said(`{ url: "${url}" }`), message)
    })
  }

  test('is not there when it is not written', () => {
    const files = [{ path: 'a.yaml', text: 'routes: [{ filters: [{ respond: { status: 200 } }] }]\n' }]

    const { model } = translateStandalone(files, {
      env,
      readSecret: () => undefined,
      materials: new FakeMaterials(),
    })

    assert.equal(model?.settings.redis, undefined)
  })

  test('has defaults for what is left out', () => {
    const { model } = translate('{ url: "redis://redis" }')

    const { prefix, deadline, replicas, username, password, ca } = model?.settings.redis ?? {}
    assert.deepEqual(
      [prefix, deadline, replicas, username, password, ca],
      ['tidegate:', 30, 'auto', undefined, undefined, undefined],
    )
  })

  test('keeps where the password is, and prints not even that', () => {
    const { model } = translate('{ url: "redis://redis", username: gateway, password: "${REDIS_PASSWORD}" }')

    assert.deepEqual(model?.settings.redis?.password, { kind: 'env', name: 'REDIS_PASSWORD' })
    assert.ok(model)
    assert.doesNotMatch(printModel(model, 'yaml'), /canary|REDIS_PASSWORD/)
    assert.match(printModel(model, 'yaml'), /password: "\[secret\]"/)
  })

  test('takes a relative path of the authorities from the folder of its file', () => {
    const { model } = translate('{ url: "rediss://redis", ca: certs/redis.pem }')

    assert.equal(model?.settings.redis?.ca, '/etc/tidegate/certs/redis.pem')
  })

  test('refuses a password that stands in the file, and does not repeat it', () => {
    assert.match(said('{ url: "redis://redis", password: "hunter2" }'), /written into the file/)
    assert.doesNotMatch(said('{ url: "redis://redis", password: "hunter2" }'), /hunter2/)
  })

  test('does not repeat an address that holds a password', () => {
    assert.doesNotMatch(said('{ url: "redis://user:hunter2@redis" }'), /hunter2/)
    assert.doesNotMatch(said('{ url: "redis://user:hunter2@redis:99999" }'), /hunter2/)
  })

  test('refuses a password that is not there', () => {
    assert.match(
      said('{ url: "redis://redis", password: "${NOT_SET}" }'),
      /names the variable NOT_SET, which is empty or not there; set NOT_SET where the gateway starts/,
    )
    assert.match(
      said('{ url: "redis://redis", password: "file:/run/none" }'),
      /names the file \/run\/none, which is empty or not there/,
    )
  })

  test('refuses what is for TLS without TLS', () => {
    assert.match(said('{ url: "redis://redis", ca: redis.pem }'), /is for TLS, and "url" is without/)
    assert.match(said('{ url: "redis://redis", serverName: a.test }'), /is for TLS, and "url" is without/)
  })

  test('refuses a deadline above a second, and a prefix that would choose a slot', () => {
    assert.match(said('{ url: "redis://redis", deadline: 2s }'), /is longer than a second/)
    assert.match(said('{ url: "redis://redis", prefix: "{a}" }'), /is not a beginning of keys/)
  })

  test('reads Sentinels, with their own user, and TLS for both', () => {
    const { model, problems } = translate(
      '{ sentinel: { name: mymaster, addresses: [s-0, "10.0.0.1:7000", "[::1]:7001"], username: watcher, password: "${REDIS_PASSWORD}" }, tls: on, database: 3 }',
    )

    assert.deepEqual(problems, [])
    assert.deepEqual(model?.settings.redis?.place, {
      kind: 'sentinel',
      name: 'mymaster',
      addresses: [
        { host: 's-0', port: 26_379 },
        { host: '10.0.0.1', port: 7000 },
        { host: '::1', port: 7001 },
      ],
      username: 'watcher',
      password: { kind: 'env', name: 'REDIS_PASSWORD' },
      tls: 'on',
      database: 3,
    })
    assert.equal(model?.settings.redis?.tls, 'on')
    assert.doesNotMatch(printModel(model, 'yaml'), /REDIS_PASSWORD/)
  })

  test('reads the nodes of a Cluster', () => {
    const { model, problems } = translate('{ cluster: [redis-0.redis, "10.0.0.1:7000"], database: 0 }')

    assert.deepEqual(problems, [])
    assert.deepEqual(model?.settings.redis?.place, {
      kind: 'cluster',
      addresses: [
        { host: 'redis-0.redis', port: 6379 },
        { host: '10.0.0.1', port: 7000 },
      ],
    })
  })

  for (const [redis, message] of wrongPlaces) {
    test(`refuses ${redis}`, () => {
      assert.match(said(redis), message)
    })
  }

  test('says where the second of two places stands', () => {
    const { problems } = translate('{ url: "redis://redis", cluster: [redis-0] }')

    assert.deepEqual(
      problems.map(({ origin, message }) => [origin.line, origin.column, message]),
      [[1, 41, 'cluster "[redis-0]" stands beside "url"']],
    )
  })

  test('does not repeat a node that is written with a password', () => {
    assert.doesNotMatch(said('{ cluster: ["redis://user:hunter2@redis"] }'), /hunter2/)
    assert.doesNotMatch(said('{ sentinel: { name: m, addresses: ["user:hunter2@redis"] } }'), /hunter2/)
  })
})
