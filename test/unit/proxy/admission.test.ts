import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Admission } from '../../../src/proxy/admission.ts'
import { FakeClock } from '../../support/fake-clock.ts'

type Limits = Parameters<Admission['enter']>[0]

const none = { connections: 0, connectionsPerClient: 0, newConnectionsPerClientPerSecond: 0 } as Limits

function enters(admission: Admission, client: string, limits: Limits): boolean {
  return admission.enter(limits) && admission.identify(client, limits)
}

describe('admission', () => {
  test('lets everybody in without limits, and counts them', () => {
    const admission = new Admission(new FakeClock())

    const entered = [1, 2, 3].map(() => enters(admission, '10.0.0.1', none))

    assert.deepEqual([entered, admission.open], [[true, true, true], 3])
  })

  test('refuses above the number of all, until one has left', () => {
    const admission = new Admission(new FakeClock())
    const limits = { ...none, connections: 1 }

    assert.equal(enters(admission, '10.0.0.1', limits), true)
    assert.equal(enters(admission, '10.0.0.2', limits), false)
    admission.left('10.0.0.1')
    assert.equal(enters(admission, '10.0.0.2', limits), true)
  })

  test('counts each client for itself', () => {
    const admission = new Admission(new FakeClock())
    const limits = { ...none, connectionsPerClient: 1 }

    const entered = ['10.0.0.1', '10.0.0.1', '10.0.0.2'].map((client) => enters(admission, client, limits))

    assert.deepEqual(entered, [true, false, true])
  })

  test('gives a client its rate again in the next second', () => {
    const clock = new FakeClock()
    const admission = new Admission(clock)
    const limits = { ...none, newConnectionsPerClientPerSecond: 2 }

    const first = [1, 2, 3].map(() => enters(admission, '10.0.0.1', limits))
    clock.advance(1000)

    assert.deepEqual([first, enters(admission, '10.0.0.1', limits)], [[true, true, false], true])
  })

  test('does not limit the clients of a unix socket, who have no address', () => {
    const admission = new Admission(new FakeClock())
    const limits = { ...none, connectionsPerClient: 1 }

    assert.deepEqual([enters(admission, '', limits), enters(admission, '', limits)], [true, true])
  })
})
