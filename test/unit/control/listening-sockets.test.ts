import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { ListeningSockets, type SocketChange } from '../../../src/control/listening-sockets.ts'
import { type Opening, SocketSet } from '../../../src/control/socket-set.ts'
import type { Listener, SocketAddress } from '../../../src/model/listener.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('ListeningSockets', () => {
  let clock: FakeClock
  let seen: string[]
  let taken: Set<number>
  let sockets: ListeningSockets

  beforeEach(() => {
    clock = new FakeClock()
    seen = []
    taken = new Set()
    sockets = new ListeningSockets({
      clock,
      random: () => 1,
      open: (address, isOurs) => Promise.resolve(open(address, isOurs)),
      acceptors: {
        listen(id, set, former) {
          const instead = former === undefined ? '' : ` instead of ${portOf(former.address)}`
          seen.push(`listen ${id} ${portOf(set.address)}${instead}`)
        },
        async unlisten(id) {
          await Promise.resolve()
          seen.push(`unlisten ${id}`)
        },
      },
      onChange: (change) => seen.push(told(change)),
    })
  })

  function open(address: SocketAddress, isOurs: boolean): Opening {
    const port = portOf(address)
    if (taken.has(port)) return { kind: 'failed', code: 'EADDRINUSE' }
    seen.push(`open ${port}${isOurs ? ' beside ours' : ''}`)
    return { kind: 'open', sockets: new SocketSet(address, []) }
  }

  function apply(listeners: Listener[]): Promise<void> {
    return sockets.apply(listeners, () => seen.push('install'))
  }

  test('opens a socket for every listener', async () => {
    await apply([listener('a', 81), listener('b', 82)])

    assert.deepEqual(seen, [
      'install',
      'open 81',
      'listen a 81',
      'bound a',
      'open 82',
      'listen b 82',
      'bound b',
    ])
    assert.deepEqual([...sockets.current().keys()], ['a', 'b'])
  })

  test('leaves the socket of a listener alone whose address stays', async () => {
    await apply([listener('a', 81)])
    seen = []

    await apply([listener('a', 81)])

    assert.deepEqual(seen, ['install'])
  })

  test('opens the new socket of a listener that moves before it closes the old', async () => {
    await apply([listener('a', 81)])
    seen = []

    await apply([listener('a', 91)])

    assert.deepEqual(seen, ['install', 'open 91', 'listen a 91 instead of 81', 'bound a'])
  })

  test('has nobody accept any more before the model forgets a listener', async () => {
    await apply([listener('a', 81)])
    seen = []

    await apply([])

    assert.deepEqual(seen, ['unlisten a', 'closed a', 'install'])
  })

  test('lets two listeners exchange their ports', async () => {
    await apply([listener('a', 81), listener('b', 82)])
    seen = []

    await apply([listener('a', 82), listener('b', 81)])

    assert.deepEqual(
      seen.filter((line) => line.startsWith('open') || line.startsWith('listen')),
      ['open 82 beside ours', 'listen a 82 instead of 81', 'open 81', 'listen b 81 instead of 82'],
    )
  })

  test('goes on with the others when a listener cannot be bound', async () => {
    taken.add(81)

    await apply([listener('a', 81), listener('b', 82)])

    assert.deepEqual(seen, ['install', 'failed a EADDRINUSE 1', 'open 82', 'listen b 82', 'bound b'])
    assert.equal(sockets.failures()[0]?.code, 'EADDRINUSE')
  })

  test('tries again with growing pauses until it succeeds', async () => {
    taken.add(81)
    await apply([listener('a', 81)])
    await clock.advanceAsync(250)
    await clock.advanceAsync(499)
    taken.clear()
    await clock.advanceAsync(1)

    assert.deepEqual(seen, [
      'install',
      'failed a EADDRINUSE 1',
      'failed a EADDRINUSE 2',
      'open 81',
      'listen a 81',
      'bound a',
    ])
    assert.deepEqual(sockets.failures(), [])
    assert.equal(clock.waiting, 0)
  })

  test('keeps the old socket while a move fails, and says so', async () => {
    await apply([listener('a', 81)])
    taken.add(91)

    await apply([listener('a', 91)])

    assert.equal(portOf(sockets.failures()[0]?.stillAt), 81)
    assert.equal(portOf(sockets.current().get('a')?.address), 81)
  })

  test('forgets a failed move that is taken back', async () => {
    await apply([listener('a', 81)])
    taken.add(91)
    await apply([listener('a', 91)])
    seen = []

    await apply([listener('a', 81)])
    await clock.advanceAsync(60_000)

    assert.deepEqual(seen, ['install'])
    assert.deepEqual(sockets.failures(), [])
  })

  test('stops trying for a listener that is gone', async () => {
    taken.add(81)
    await apply([listener('a', 81)])

    await apply([])

    assert.equal(clock.waiting, 0)
    assert.deepEqual(sockets.failures(), [])
  })
})

function listener(id: string, port: number): Listener {
  return { id, address: { kind: 'tcp', host: '127.0.0.1', port } } as Listener
}

function portOf(address: SocketAddress | undefined): number {
  return address?.kind === 'tcp' ? address.port : -1
}

function told(change: SocketChange): string {
  switch (change.kind) {
    case 'bound':
      return `bound ${change.listener.id}`
    case 'closed':
      return `closed ${change.listener}`
    case 'failed':
      return `failed ${change.failure.listener.id} ${change.failure.code} ${change.failure.attempt}`
  }
}
