import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HostMemory } from '../../src/translate/kubernetes/host-memory.ts'

describe('hosts that are kept for who had them last', () => {
  const cooling = 600_000

  /** A look at all hosts in which one namespace names some of them. */
  function look(memory: HostMemory, namespace: string, hosts: readonly string[], now: number): void {
    for (const host of hosts) memory.ownerOf(host, { oldest: namespace, isNamedBy: () => true, now })
    memory.end(now)
  }

  test('are a thousand for each namespace at most, the last that it gave up', () => {
    const memory = new HostMemory(cooling)
    const hosts = (from: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${from}${index}.test`)
    look(memory, 'shop', ['shop.test', ...hosts('a', 600)], 0)
    look(memory, 'evil', hosts('b', 900), 1)
    look(memory, 'evil', hosts('c', 900), 2)
    look(memory, 'evil', [], 3)

    const kept = (host: string) => memory.coolingOwner(host, 4)

    assert.deepEqual(
      [kept('shop.test'), kept('a599.test'), kept('c0.test'), kept('c899.test')],
      ['shop', 'shop', 'evil', 'evil'],
    )
    assert.equal(hosts('b', 900).filter((host) => kept(host) !== undefined).length, 100)
  })
})
