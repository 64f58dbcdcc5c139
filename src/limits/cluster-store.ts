import type { RedisAddress } from '../model/redis-store.ts'
import type { Random } from '../std/random.ts'
import type { Ms } from '../std/units.ts'
import { within } from '../std/within.ts'
import { addressOf, nodeName, type SlotRange, slotCount, slotOf } from './cluster-slots.ts'
import type { Topology } from './cluster-topology.ts'
import type { Store, StoreDeps, StoreNode } from './store.ts'
import { StoreHealth } from './store-health.ts'
import type { Elsewhere, StoreLink, StoreQuestion } from './store-link.ts'
import { probeOf } from './store-scripts.ts'

/** How often it is looked at whether something is missing. */
const lookEvery: Ms = 1000
/** Between two questions for the topology: while many slots move, each is told by a node anyhow. */
const refreshPause: Ms = 250
/** Until what the start is over, whatever is known by then. */
const startPatience: Ms = 2000
/** A node that serves nothing is let go when so many answers in a row have said so: nodes hear of each other's slots by and by. */
const answersToLetGo = 2
/** How many keys are tried to find one that a node serves. */
const probeTries = 20_000

export interface ClusterStoreOptions {
  /** Some nodes, as the operator wrote them. */
  readonly seeds: readonly RedisAddress[]
  /** In front of every key. */
  readonly prefix: string
  readonly random: Random
  readonly linkTo: (address: RedisAddress) => StoreLink
  readonly findTopology: (addresses: readonly RedisAddress[]) => Promise<Topology>
}

interface ClusterNode extends StoreNode {
  readonly address: RedisAddress
  readonly started: Promise<void>
  /** How many answers in a row have not named it. */
  missing: number
}

/**
 * The masters of a Redis Cluster. Each has a connection and a breaker of its own, so that a node that fails is felt by the subjects of
 * its slots alone. Who serves what is asked when a node sends us elsewhere, and each second while a node does not answer.
 */
export class ClusterStore implements Store {
  readonly #options: ClusterStoreOptions
  readonly #deps: StoreDeps
  readonly #nodes = new Map<string, ClusterNode>()
  /** Let go, and not closed yet: they may still answer. */
  readonly #leaving = new Map<StoreLink, unknown>()
  #slots: (ClusterNode | undefined)[] = []
  #timer: unknown = undefined
  #refreshing: Promise<void> | undefined
  #wished: unknown = undefined
  #refreshedAt = -Infinity
  /** Of nodes that were let go. */
  #scriptLoads = 0
  #up = 0
  #closed = false

  constructor(options: ClusterStoreOptions, deps: StoreDeps) {
    this.#options = options
    this.#deps = deps
  }

  get isUp(): boolean {
    return this.#up > 0
  }

  get scriptLoads(): number {
    let loads = this.#scriptLoads
    for (const { link } of this.#nodes.values()) loads += link.scriptLoads
    return loads
  }

  slotOf(key: string): number {
    return slotOf(key)
  }

  nodeOf(slot: number): StoreNode | undefined {
    return this.#slots[slot]
  }

  follow(slot: number, from: StoreNode, { kind, address }: Elsewhere): StoreNode | undefined {
    if (this.#closed) return undefined
    const node = this.#nodeAt(addressOf(address, addressOf(from.name, '').host))
    node.missing = 0
    if (kind === 'moved') {
      this.#slots[slot] = node
      this.#wish()
    }
    return node
  }

  async start(): Promise<void> {
    const { clock, counts } = this.#deps
    counts.store = 'starting'
    this.#schedule()
    await within(this.#begin(), startPatience, clock)
    if (this.#nodes.size === 0 && !this.#closed) this.#tellLost('no node answers')
  }

  close(): void {
    const { clock } = this.#deps
    this.#closed = true
    clock.clearTimeout(this.#timer)
    clock.clearTimeout(this.#wished)
    for (const { health, link } of this.#nodes.values()) {
      health.close()
      link.close()
    }
    for (const [link, timer] of this.#leaving) {
      clock.clearTimeout(timer)
      link.close()
    }
    this.#up = 0
  }

  async #begin(): Promise<void> {
    await this.#refresh()
    await Promise.all([...this.#nodes.values()].map(({ started }) => started))
  }

  #schedule(): void {
    this.#timer = this.#deps.clock.setTimeout(() => {
      const nodes = [...this.#nodes.values()]
      if (nodes.length === 0 || nodes.some(({ health, missing }) => !health.isUp || missing > 0))
        void this.#refresh()
      this.#schedule()
    }, lookEvery)
  }

  /** Refreshes now, or as soon as the pause is over. */
  #wish(): void {
    if (this.#wished !== undefined || this.#refreshing !== undefined) return
    const { clock } = this.#deps
    const pause = Math.max(0, this.#refreshedAt + refreshPause - clock.now())
    this.#wished = clock.setTimeout(() => {
      this.#wished = undefined
      void this.#refresh()
    }, pause)
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#askWhoServes()
    return this.#refreshing
  }

  async #askWhoServes(): Promise<void> {
    const topology = await this.#options.findTopology(this.#contacts())
    this.#refreshing = undefined
    this.#refreshedAt = this.#deps.clock.now()
    if (this.#closed) return
    if (topology.kind === 'slots') {
      this.#install(topology.ranges)
      return
    }
    this.#deps.counts.storeErrors[topology.failure.kind]++
    if (this.#nodes.size === 0) this.#tellLost(topology.failure.cause)
  }

  /** Whom to ask: first those that answer, in any order, then those that the operator named, then the others. */
  #contacts(): readonly RedisAddress[] {
    const { seeds, random } = this.#options
    const nodes = [...this.#nodes.values()]
    const up = nodes.filter(({ health }) => health.isUp).map(({ address }) => ({ address, at: random() }))
    const contacts = new Map<string, RedisAddress>()
    for (const { address } of up.toSorted((a, b) => a.at - b.at)) contacts.set(nodeName(address), address)
    for (const address of seeds) contacts.set(nodeName(address), address)
    for (const { name, address } of nodes) if (!contacts.has(name)) contacts.set(name, address)
    return [...contacts.values()]
  }

  #install(ranges: readonly SlotRange[]): void {
    const slots = Array.from<ClusterNode | undefined>({ length: slotCount })
    const named = new Set<ClusterNode>()
    // The nodes are probed with keys of theirs, so the slots come first.
    this.#slots = slots
    for (const { from, to, master } of ranges) {
      const node = this.#nodeAt(master)
      named.add(node)
      node.missing = 0
      slots.fill(node, from, to + 1)
    }
    for (const node of this.#nodes.values()) {
      if (!named.has(node) && ++node.missing >= answersToLetGo) this.#letGo(node)
    }
    this.#count()
  }

  #nodeAt(address: RedisAddress): ClusterNode {
    const name = nodeName(address)
    const known = this.#nodes.get(name)
    if (known !== undefined) return known
    const { clock, counts, onEvent, onDown } = this.#deps
    const link = this.#options.linkTo(address)
    const health = new StoreHealth({
      clock,
      link,
      counts,
      probe: () => this.#probeOf(name),
      onChange: (change) => {
        counts.transitions++
        this.#count()
        onEvent({ store: name, ...change })
        const node = this.#nodes.get(name)
        if (change.to === 'down' && node !== undefined) onDown(node)
      },
      onRefusal: (cause) => onEvent({ store: name, from: 'up', to: 'up', cause }),
    })
    const node = { name, address, link, health, started: health.start(), missing: 0 }
    this.#nodes.set(name, node)
    return node
  }

  /** It serves nothing any more. What it was asked before is waited for. */
  #letGo(node: ClusterNode): void {
    const { clock } = this.#deps
    const { name, link, health } = node
    this.#nodes.delete(name)
    this.#scriptLoads += link.scriptLoads
    health.close()
    const close = (): void => {
      this.#leaving.delete(link)
      link.close()
    }
    this.#leaving.set(link, clock.setTimeout(close, lookEvery))
  }

  /** A question about a key of the node's own, as it would only send us elsewhere with any other. */
  #probeOf(name: string): StoreQuestion {
    const { prefix } = this.#options
    for (let i = 0; i < probeTries; i++) {
      const key = `${prefix}{${i}}`
      if (this.#slots[slotOf(key)]?.name === name) return probeOf(key)
    }
    return probeOf(`${prefix}{0}`)
  }

  #tellLost(cause: string): void {
    const { counts, onEvent } = this.#deps
    if (counts.store === 'down') return
    const from = counts.store === 'up' ? 'up' : 'starting'
    counts.store = 'down'
    counts.nodesDown = 1
    counts.transitions++
    onEvent({ store: 'all nodes of its Cluster', from, to: 'down', cause })
  }

  #count(): void {
    const { counts } = this.#deps
    const states = [...this.#nodes.values()].map(({ health }) => health.state)
    this.#up = states.filter((state) => state === 'up').length
    counts.nodesDown = states.filter((state) => state === 'down').length
    if (this.#up > 0) counts.store = 'up'
    else if (counts.nodesDown > 0) counts.store = 'down'
  }
}
