import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ClusterStage, type GatewayInCluster } from '../support/kubernetes/cluster-stage.ts'
import { ingress } from '../support/kubernetes/objects.ts'

// Paths, as the reference of networking.k8s.io/v1 Ingress and its table of examples say
// (https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types). The conformance suite asks the same.

/** Backends by path, of one Ingress with one host each. */
const hosts = {
  'exact.test': { 'Exact /foo': 'foo-exact:80' },
  'exact-slash.test': { 'Exact /foo/': 'foo-slash-exact:80' },
  'prefix.test': { '/foo': 'foo-prefix:80', '/aaa/bbb': 'aaa-bbb-prefix:80' },
  'nested.test': { '/': 'root:80', '/aaa': 'aaa-prefix:80', '/aaa/bbb': 'aaa-bbb-prefix:80' },
  'prefix-slash.test': { '/aaa/bbb/': 'aaa-bbb-slash-prefix:80' },
  'mixed.test': { '/foo': 'foo-prefix:80', 'Exact /foo': 'foo-exact:80' },
  'all.test': { '/': 'root:80' },
} as const

/** Which Service answers; `none` is a 404. */
const table = [
  ['exact.test', '/foo', 'foo-exact', 'an exact path is taken'],
  ['exact.test', '/foo/', 'none', 'an exact path is not taken with a slash behind it'],
  ['exact.test', '/FOO', 'none', 'an exact path is not taken in capitals'],
  ['exact.test', '/bar', 'none', 'an exact path is not taken when another is asked for'],
  ['exact.test', '/foo/bar', 'none', 'an exact path is not a prefix'],
  ['exact-slash.test', '/foo', 'none', 'an exact path with a slash is not taken without'],
  ['exact-slash.test', '/foo/', 'foo-slash-exact', 'an exact path with a slash is taken'],
  ['prefix.test', '/foo', 'foo-prefix', 'a prefix is taken alone'],
  ['prefix.test', '/foo/', 'foo-prefix', 'a prefix is taken with a slash behind it'],
  ['prefix.test', '/FOO', 'none', 'a prefix is not taken in capitals'],
  ['prefix.test', '/foobar', 'none', 'a prefix ends where a segment ends'],
  ['prefix.test', '/aaa/bb', 'none', 'a prefix is not taken by a part of it'],
  ['prefix.test', '/aaa/bbb', 'aaa-bbb-prefix', 'a prefix of two segments is taken'],
  ['prefix.test', '/aaa/bbb/ccc', 'aaa-bbb-prefix', 'a prefix is taken with more segments'],
  ['prefix.test', '/aaa/bbbxyz', 'none', 'a prefix is not taken by a longer segment'],
  ['nested.test', '/aaa/bbb', 'aaa-bbb-prefix', 'the longest prefix wins'],
  ['nested.test', '/aaa/ccc', 'aaa-prefix', 'the shorter prefix takes what the longer does not'],
  ['nested.test', '/ccc', 'root', 'the root takes what no prefix does'],
  ['prefix-slash.test', '/aaa/bbb', 'aaa-bbb-slash-prefix', 'a slash at the end of a prefix says nothing'],
  ['prefix-slash.test', '/aaa/bbb/', 'aaa-bbb-slash-prefix', 'a prefix with a slash is taken with one'],
  ['mixed.test', '/foo', 'foo-exact', 'an exact path wins over the same prefix'],
  ['mixed.test', '/foo/bar', 'foo-prefix', 'the prefix beside an exact path takes what is below it'],
  ['all.test', '/any/thing?at=all', 'root', 'the root prefix takes every path'],
] as const

describe('the path of an Ingress', () => {
  let stage: ClusterStage
  let gateway: GatewayInCluster

  before(async () => {
    stage = await ClusterStage.open()
    const { namespace, className } = stage
    const services = Object.values(hosts).flatMap((paths) => Object.values<string>(paths))
    for (const service of new Set(services)) {
      await stage.deploy({ service: service.replace(':80', ''), ingress: 'paths' })
    }
    await stage.client.create(ingress({ namespace, name: 'paths', className, rules: hosts }))
    gateway = await stage.startGateway()
  })
  after(() => stage[Symbol.asyncDispose]())

  for (const [host, path, service, what] of table) {
    test(`${what}: ${host}${path}`, async () => {
      const { status, echo } = await gateway.ask({ host, path })

      const answered = status === 404 && echo === undefined ? 'none' : echo?.service
      assert.deepEqual([answered, echo?.path ?? path], [service, path])
    })
  }
})
