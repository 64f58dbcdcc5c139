import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EndpointSpec } from '../../../src/model/cluster.ts'
import { replaceEndpoints } from '../../../src/model/replace-endpoints.ts'
import { modelOf } from '../../support/model.ts'

const model = modelOf(`
routes:
  - { hosts: [a.test], to: a }
  - { hosts: [b.test], to: b }
clusters:
  a: { endpoints: [10.0.0.1:80] }
  b: { endpoints: [10.0.0.2:80] }
`)

function endpoint(host: string): EndpointSpec {
  return { address: { kind: 'tcp', host, port: 80 }, weight: 1, priority: 0 }
}

describe('replacing endpoints', () => {
  test('changes the clusters that are named, and shares everything else', () => {
    const { model: next, changed } = replaceEndpoints(model, new Map([['a', [endpoint('10.0.0.9')]]]))

    assert.deepEqual(
      changed.map(({ id, endpoints }) => [id, endpoints]),
      [['a', [endpoint('10.0.0.9')]]],
    )
    assert.notEqual(next.hash, model.hash)
    assert.equal(next.routes, model.routes)
    assert.equal(next.clusters[1], model.clusters[1])
    assert.equal(next.clusters[0]?.hash, model.clusters[0]?.hash)
  })

  test('gives the model itself when nothing differs', () => {
    const same = replaceEndpoints(model, new Map([['a', [endpoint('10.0.0.1')]]]))

    assert.equal(same.model, model)
    assert.deepEqual(same.changed, [])
  })

  test('passes over clusters that the model does not have', () => {
    assert.equal(replaceEndpoints(model, new Map([['c', [endpoint('10.0.0.1')]]])).model, model)
  })

  test('leads to another hash by another way', () => {
    const to = (host: string) => replaceEndpoints(model, new Map([['a', [endpoint(host)]]])).model.hash

    assert.notEqual(to('10.0.0.8'), to('10.0.0.9'))
  })
})
