import { setTimeout as pause } from 'node:timers/promises'
import { slotCount } from '../../src/limits/cluster-slots.ts'
import { freePort } from './free-port.ts'
import { RedisServer } from './redis-server.ts'

/** A real Redis Cluster of some masters on the loopback; the slots are divided evenly, in the order of the nodes. */
export class RedisCluster implements AsyncDisposable {
  readonly masters: readonly RedisServer[]
  readonly #others: RedisServer[] = []
  readonly #options: readonly string[]

  private constructor(masters: readonly RedisServer[], options: readonly string[]) {
    this.masters = masters
    this.#options = options
  }

  /** @param options for each node, as on its command line. */
  static async start(count: number, ...options: readonly string[]): Promise<RedisCluster> {
    const masters: RedisServer[] = []
    for (let i = 0; i < count; i++) masters.push(await startNode(options))
    const cluster = new RedisCluster(masters, options)
    for (const [i, node] of masters.entries()) {
      const [from, to] = [cluster.firstSlotOf(i), cluster.firstSlotOf(i + 1) - 1]
      await order(node, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
      await order(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1))
    }
    for (const node of masters.slice(1)) await cluster.#meet(node)
    await cluster.until((slots) => slots.length === count)
    return cluster
  }

  /** The ports of the masters, as a gateway would be told of them. */
  get ports(): readonly number[] {
    return this.masters.map(({ port }) => port)
  }

  /** Where the slots of a master begin. */
  firstSlotOf(master: number): number {
    return Math.round((slotCount * master) / this.masters.length)
  }

  /** Adds a node without slots; as a replica of a master, if one is given. */
  async add(master?: RedisServer): Promise<RedisServer> {
    const node = await startNode(this.#options)
    this.#others.push(node)
    await this.#meet(node)
    const all = [...this.masters, ...this.#others]
    const ids = await Promise.all(all.map((one) => one.command('CLUSTER', 'MYID')))
    for (const one of all) for (const id of ids) await untilSaid(one, ['CLUSTER', 'NODES'], new RegExp(id))
    await untilSaid(node, ['CLUSTER', 'INFO'], /cluster_state:ok[^]*slots_assigned:16384/)
    if (master === undefined) return node
    await order(node, 'CLUSTER', 'REPLICATE', await master.command('CLUSTER', 'MYID'))
    await untilSaid(node, ['INFO', 'replication'], /master_link_status:up/)
    return node
  }

  /** Resolves when all nodes that run agree on who serves what, and it is as wanted: ports in the order of their slots. */
  async until(isWanted: (ports: readonly number[]) => boolean): Promise<void> {
    const nodes = [...this.masters, ...this.#others].filter(({ isRunning }) => isRunning)
    for (const node of nodes) {
      while (true) {
        const [slots, state] = [await masterPorts(node), await node.command('CLUSTER', 'INFO')]
        if (state.includes('cluster_state:ok') && isWanted(slots)) break
        await pause(20)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [...this.#others, ...this.masters]) await node[Symbol.asyncDispose]()
  }

  async #meet(node: RedisServer): Promise<void> {
    const busPort = node.options[node.options.indexOf('--cluster-port') + 1] ?? ''
    await this.masters[0]?.command('CLUSTER', 'MEET', '127.0.0.1', String(node.port), busPort)
  }
}

/** Moves one slot with its keys from a node to another; the other nodes hear of it by and by, as from `redis-cli --cluster reshard`. */
export async function moveSlot(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
  const name = String(slot)
  const [source, target] = [await from.command('CLUSTER', 'MYID'), await to.command('CLUSTER', 'MYID')]
  await order(to, 'CLUSTER', 'SETSLOT', name, 'IMPORTING', source)
  await order(from, 'CLUSTER', 'SETSLOT', name, 'MIGRATING', target)
  await moveKeys(slot, from, to)
  await order(to, 'CLUSTER', 'SETSLOT', name, 'NODE', target)
  await order(from, 'CLUSTER', 'SETSLOT', name, 'NODE', target)
}

/** Keys that are not there any more have expired. */
async function moveKeys(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
  const reply = await from.commands(['CLUSTER', 'GETKEYSINSLOT', String(slot), '1000'])
  const keys = reply.split('\r\n').filter((line) => line !== '' && !/^[*$]/.test(line))
  for (const key of keys) await order(from, 'MIGRATE', '127.0.0.1', String(to.port), key, '0', '1000')
}

/** Sends a command that has to work. */
async function order(node: RedisServer, ...words: readonly string[]): Promise<void> {
  const reply = await node.command(...words)
  if (reply.startsWith('-')) throw new Error(`${words.join(' ')}: ${reply}`)
}

async function startNode(options: readonly string[]): Promise<RedisServer> {
  const busPort = await freePort()
  // Half a second, so that a test sees a replica take over; nodes that are left serve what is theirs.
  const node = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]
  const ways = ['--cluster-node-timeout', '500', '--cluster-require-full-coverage', 'no']
  return RedisServer.start(...node, ...ways, '--repl-diskless-sync-delay', '0', ...options)
}

/** The ports of the masters, in the order of their slots. */
async function masterPorts(node: RedisServer): Promise<readonly number[]> {
  const text = await node.command('CLUSTER', 'NODES')
  return text
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter((words) => words.length > 8 && words[2]?.includes('master') && !words[2].includes('fail'))
    .map((words) => ({
      port: Number(/:(\d+)@/.exec(words[1] ?? '')?.[1]),
      first: Number.parseInt(words[8] ?? '', 10),
    }))
    .toSorted((a, b) => a.first - b.first)
    .map(({ port }) => port)
}

async function untilSaid(node: RedisServer, words: readonly string[], form: RegExp): Promise<void> {
  while (!form.test(await node.command(...words))) await pause(20)
}
