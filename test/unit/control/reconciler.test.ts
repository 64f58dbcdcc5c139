import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { difference } from '../../../src/control/difference.ts'
import { type Loaded, Reconciler } from '../../../src/control/reconciler.ts'
import type { Model } from '../../../src/model/model.ts'
import type { Problem } from '../../../src/model/problem.ts'
import { modelOf } from '../../support/gateway.ts'

const one = modelOf({ routes: [{ hosts: ['a.test'], filters: [{ respond: { status: 200 } }] }] })
const two = modelOf({ workers: 4, routes: [{ hosts: ['b.test'], filters: [{ respond: { status: 200 } }] }] })
const mistake: Problem = {
  severity: 'error',
  origin: { source: 'file', file: 'gateway.yaml', line: 1, column: 1, field: 'routes' },
  message: 'no',
  remedy: 'yes',
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
