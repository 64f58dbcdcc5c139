import { readFileSync } from 'node:fs'
import type { Model } from '../model/model.ts'

/** For files, logs, the admin listener, resolvers, health checks and whatever else is not a connection we carry. */
const reserved = 1_024
const smallest = 64
const largest = 50_000

/** Most downstream connections of one traffic process: what the file descriptors allow, within sane bounds. */
export function connectionCap(fileLimit: number, upstreamSockets: number): number {
  return Math.max(smallest, Math.min(largest, fileLimit - reserved - upstreamSockets))
}

/**
 * How many upstream sockets one process is to expect: what clusters limit themselves to, else what they may keep idle;
 * never more than a third of the limit, since each carries a request of a downstream connection.
 */
export function expectedUpstreamSockets(model: Model, fileLimit: number): number {
  let sum = 0
  for (const { limits, pool, endpoints } of model.clusters) {
    sum += limits.connections > 0 ? limits.connections : pool.idleConnections * Math.max(1, endpoints.length)
  }
  return Math.min(sum, Math.floor(fileLimit / 3))
}

/** The soft limit of open files, which Node has raised to the hard one at start; 1,024 where it cannot be known. */
export function openFileLimit(): number {
  try {
    const line = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))
    return line?.[1] === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(line?.[1] ?? reserved)
  } catch {
    return reserved
  }
}
