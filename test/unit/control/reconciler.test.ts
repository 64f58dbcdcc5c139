import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { difference } from '../../../src/control/difference.ts'
import { type Loaded, Reconciler } from '../../../src/control/reconciler.ts'
import type { EndpointSpec } from '../../../src/model/cluster.ts'
import type { Model } from '../../../src/model/model.ts'
import type { Problem } from '../../../src/model/problem.ts'
import { membershipChange } from '../../../src/model/replace-endpoints.ts'
import { modelOf } from '../../support/gateway.ts'

const one = modelOf({ routes: [{ hosts: ['a.test'], filters: [{ respond: { status: 200 } }] }] })
const two = modelOf({ workers: 4, routes: [{ hosts: ['b.test'], filters: [{ respond: { status: 200 } }] }] })
const withCluster = modelOf({
  routes: [{ hosts: ['a.test'], to: 'a' }],
  clusters: { a: { endpoints: ['10.0.0.1:80'] } },
})
const mistake: Problem = {
  severity: 'error',
  origin: { source: 'file', file: 'gateway.yaml', line: 1, column: 1, field: 'routes' },
  message: 'no',
  remedy: 'yes',
}

function endpoint(host: string): EndpointSpec {
  return { address: { kind: 'tcp', host, port: 80 }, weight: 1, priority: 0 }
}

describe('Reconciler', () => {
  let installed: string[]
  let others: Problem[]
  let reconciler: Reconciler

  beforeEach(() => {
    installed = []
    others = []
    reconciler = new Reconciler({
      file: 'gateway.yaml',
      otherProblems: () => others,
      install: (change, model) => installed.push(`${change.from}>${model.hash}`),
      move: (change, model) => installed.push(`${change.from}>${model.hash}`),
    })
  })

  function good(from: Model | undefined, to: Model, problems: readonly Problem[] = []): Loaded {
    return {
      what: 'files',
      waitingFor: [],
      result: 'good',
      difference: difference(from, to),
      problems,
      files: [],
    }
  }

  test('installs what changed and keeps the model it leads to', () => {
    const results = [reconciler.receive(good(undefined, one)), reconciler.receive(good(one, two))]

    assert.deepEqual(results, ['installed', 'installed'])
    assert.deepEqual(installed, [`>${one.hash}`, `${one.hash}>${two.hash}`])
    assert.equal(reconciler.model?.routes[0]?.hosts[0], 'b.test')
  })

  test('installs nothing when nothing changed', () => {
    reconciler.receive(good(undefined, one))

    assert.equal(reconciler.receive(good(one, one)), 'unchanged')
    assert.equal(installed.length, 1)
  })

  test('takes endpoints alone, and shares everything else with the model before', () => {
    reconciler.receive(good(undefined, withCluster))
    const change = membershipChange(withCluster, [['a', [endpoint('10.0.0.9')]]])
    assert.ok(change !== undefined)

    reconciler.receiveMembership({ changes: [change] })

    assert.deepEqual(installed.slice(1), [`${withCluster.hash}>${change.hash}`])
    assert.deepEqual(reconciler.model?.clusters[0]?.endpoints, [endpoint('10.0.0.9')])
    assert.deepEqual(reconciler.problems(), [])
  })

  test('takes problems that came or went with endpoints', () => {
    reconciler.receive(good(undefined, one))

    reconciler.receiveMembership({ changes: [], problems: [mistake] })

    assert.deepEqual(reconciler.problems(), [mistake])
  })

  test('refuses endpoints for another model than the one in force', () => {
    reconciler.receive(good(undefined, one))
    const change = membershipChange(withCluster, [['a', [endpoint('10.0.0.9')]]])
    assert.ok(change !== undefined)

    assert.throws(() => reconciler.receiveMembership({ changes: [change] }), /starts from/)
    assert.equal(reconciler.model?.hash, one.hash)
  })

  test('keeps the last good model and shows what is wrong with the new one', () => {
    reconciler.receive(good(undefined, one))

    const result = reconciler.receive({
      what: 'files',
      waitingFor: [],
      result: 'bad',
      difference: undefined,
      problems: [mistake],
      files: [],
    })

    assert.equal(result, 'kept last good')
    assert.equal(reconciler.model?.hash, one.hash)
    assert.deepEqual(reconciler.problems(), [mistake])
  })

  test('warns of settings that wait for a restart until they are taken back', () => {
    reconciler.receive(good(undefined, one))
    reconciler.receive(good(one, two))
    const warned = reconciler.problems().map(({ severity, origin }) => `${severity} ${origin.field}`)
    reconciler.receive(good(two, one))

    assert.deepEqual(warned, ['warning workers'])
    assert.deepEqual(reconciler.problems(), [])
  })

  test('shows what else is wrong, as it is now', () => {
    reconciler.receive(good(undefined, one))
    others.push(mistake)
    const during = reconciler.problems()
    others.pop()

    assert.deepEqual([during, reconciler.problems()], [[mistake], []])
  })
})
