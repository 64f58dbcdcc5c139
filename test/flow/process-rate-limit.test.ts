import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testFolder } from '../support/folder.ts'
import type { Config } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'

const burst = 11

function config(mode: 'enforce' | 'shadow'): Config {
  const filters = [{ rateLimit: { rate: '1/h', burst, mode } }, { respond: { body: 'x' } }]
  return {
    admin: { address: '127.0.0.1:0' },
    accessLog: { to: 'off' },
    listeners: [{ name: 'web', address: '127.0.0.1:0' }],
    routes: [{ name: 'r', hosts: ['a.test'], filters }],
  }
}

/** Statuses of `count` requests, each on a connection of its own, some at the same time. */
async function statuses(gateway: GatewayProcess, count: number): Promise<readonly number[]> {
  const got: number[] = []
  const client = async (): Promise<void> => {
    while (got.length < count) got.push((await gateway.get('/')).status)
  }
  await Promise.all([client(), client(), client(), client()])
  return got
}

describe('a rate limit of a process', () => {
  for (const workers of [1, 2]) {
    test(`admits what it says and no more with ${workers} worker${workers === 1 ? '' : 's'}`, async () => {
      await using gateway = await GatewayProcess.start(config('enforce'), { workers })

      const got = await statuses(gateway, 40)

      assert.equal(got.filter((status) => status === 200).length, burst + 1)
      assert.equal(got.filter((status) => status === 429).length, got.length - burst - 1)
    })
  }

  test('takes limits of tenants from a file, and again when it changes', async () => {
    using folder = testFolder()
    const overrides = folder.write('tenants.txt', 'a: 1/h 4\n')
    const rule = { key: { query: 'tenant' }, rate: '1/h', burst: 1, overrides }
    const route = { hosts: ['a.test'], filters: [{ rateLimit: rule }, { respond: { body: 'x' } }] }
    await using gateway = await GatewayProcess.start({ ...config('enforce'), routes: [route] })
    const admitted = async (tenant: string): Promise<number> => {
      let count = 0
      while ((await gateway.get(`/?tenant=${tenant}`)).status === 200) count++
      return count
    }

    const before = [await admitted('a'), await admitted('b')]
    folder.write('tenants.txt', 'b: 1/h 2\n')
    await gateway.line('configuration in force', 2)
    const after = [await admitted('a'), await admitted('b'), await admitted('c')]

    // Whose limit has changed begins anew with that of now.
    assert.deepEqual(
      [before, after],
      [
        [5, 2],
        [2, 3, 2],
      ],
    )
  })

  test('tells in its log what it would have refused in shadow', async () => {
    await using gateway = await GatewayProcess.start(config('shadow'), { workers: 1 })

    const got = await statuses(gateway, 20)
    const line = await gateway.line(/in shadow/)

    assert.equal(
      got.every((status) => status === 200),
      true,
    )
    assert.equal(line['rule'], '1/h, burst 11, for each client-ip')
  })
})
