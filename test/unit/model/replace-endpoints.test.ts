import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EndpointSpec } from '../../../src/model/cluster.ts'
import type { Model } from '../../../src/model/model.ts'
import {
  type MemberEntry,
  membershipChange,
  membersOf,
  replaceEndpoints,
} from '../../../src/model/replace-endpoints.ts'
import { modelOf } from '../../support/model.ts'

const model = modelOf(`
routes:
  - { hosts: [a.test], to: a }
  - { hosts: [b.test], to: b }
clusters:
  a: { endpoints: [10.0.0.1:80] }
  b: { endpoints: [10.0.0.2:80] }
  "c/d": { endpoints: [] }
`)

function endpoint(host: string): EndpointSpec {
  return { address: { kind: 'tcp', host, port: 80 }, weight: 1, priority: 0 }
}

function replaced(entries: readonly MemberEntry[]): Model {
  const change = membershipChange(model, entries)
  return change === undefined ? model : replaceEndpoints(model, change.hash, membersOf(change))
}

describe('replacing endpoints', () => {
  test('changes the clusters that are named, and shares everything else', () => {
    const next = replaced([['a', [endpoint('10.0.0.9')]]])

    assert.deepEqual(next.clusters[0]?.endpoints, [endpoint('10.0.0.9')])
    assert.notEqual(next.hash, model.hash)
    assert.equal(next.routes, model.routes)
    assert.equal(next.clusters[1], model.clusters[1])
    assert.equal(next.clusters[0]?.hash, model.clusters[0]?.hash)
  })

  test('gives the model itself when nothing differs', () => {
    assert.equal(membershipChange(model, [['a', [endpoint('10.0.0.1')]]]), undefined)
  })

  test('says nothing of clusters that the model does not have, and of those that are the same', () => {
    const change = membershipChange(model, [
      ['', [endpoint('10.0.0.1')]],
      ['a', [endpoint('10.0.0.1')]],
      ['b', [endpoint('10.0.0.3')]],
      ['zz', [endpoint('10.0.0.1')]],
    ])

    assert.deepEqual(change && membersOf(change), [['b', [endpoint('10.0.0.3')]]])
  })

  test('finds each cluster, the first and the last too', () => {
    for (const { id } of model.clusters) {
      const next = replaced([[id, [endpoint('10.0.0.7')]]])
      assert.deepEqual(next.clusters.find((cluster) => cluster.id === id)?.endpoints, [endpoint('10.0.0.7')])
    }
  })

  test('passes over clusters that went meanwhile', () => {
    const next = replaceEndpoints(model, 'other', [['zz', [endpoint('10.0.0.1')]]])

    assert.deepEqual(next.clusters, model.clusters)
  })

  test('gives a model that nobody can change', () => {
    const { clusters } = replaced([['a', [endpoint('10.0.0.9')]]])

    assert.ok(
      [clusters, clusters[0], clusters[0]?.endpoints, clusters[0]?.endpoints[0]].every(Object.isFrozen),
    )
  })

  test('leads to another hash by another way', () => {
    const to = (host: string) => replaced([['a', [endpoint(host)]]]).hash

    assert.notEqual(to('10.0.0.8'), to('10.0.0.9'))
  })
})
