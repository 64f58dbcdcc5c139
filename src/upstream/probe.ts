import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Cluster, HealthCheck } from '../model/cluster.ts'
import type { SocketAddress } from '../model/listener.ts'

/** What is asked, and how. */
export interface ProbeTarget {
  readonly address: SocketAddress
  /** Host and port, for the Host header of a check that names none. */
  readonly authority: string
  readonly check: HealthCheck
  /** What the cluster speaks; HTTP/1.1 without it. */
  readonly protocol?: Cluster['protocol']
  /** How traffic connects; without it, plainly. */
  readonly open?: OpenConnection
}

/**
 * Opens a connection to an endpoint as traffic does, by TLS where its cluster has it, and calls `onReady` when it stands. What is
 * written before waits.
 */
export type OpenConnection = (onReady: () => void) => Socket

/**
 * Asks an endpoint once; an empty text means healthy, any other says what is wrong. Never rejects. The signal ends it when
 * its time is up.
 */
export type Probe = (target: ProbeTarget, signal: AbortSignal) => Promise<string>

/** Probes over the network: a connection of its own each time, so that accepting is checked too. */
export const networkProbe: Probe = async (target, signal) => {
  try {
    return await (target.check.kind === 'tcp' ? probeTcp(target, signal) : probeHttp(target, signal))
  } catch (error) {
    // A path, host or port that cannot be sent is refused before anything is.
    return error instanceof Error ? error.message : String(error)
  }
}

function probeTcp(target: ProbeTarget, signal: AbortSignal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = openProbe(target, signal, () => {
    resolve('')
    socket.destroy()
  })
  socket.on('error', (error) => resolve(describe(error, signal)))
  socket.on('close', () => resolve('closed the connection'))
  return promise
}

/** Opens the connection of a check; the signal ends it. */
export function openProbe({ address, open }: ProbeTarget, signal: AbortSignal, onReady: () => void): Socket {
  if (open === undefined) return connect({ ...dialOptions(address), signal }, onReady)
  const socket = open(onReady)
  const end = (): void => void socket.destroy(new Error('ended'))
  signal.addEventListener('abort', end, { once: true })
  socket.once('close', () => signal.removeEventListener('abort', end))
  return socket
}

/** A GET that looks at the status alone. */
function probeHttp(probed: ProbeTarget, signal: AbortSignal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const { address, authority, check } = probed
  const headers = { host: check.host === '' ? authority : check.host, 'user-agent': 'tidegate-health' }
  const createConnection = () => openProbe(probed, signal, () => {})
  const target = address.kind === 'unix' ? { socketPath: address.path } : dialOptions(address)
  const options = { ...target, path: check.path, headers, signal, createConnection }
  const outgoing = request(options, (response) => {
    const status = response.statusCode ?? 0
    resolve(isHealthy(status, check.statuses) ? '' : `answered ${status}`)
    response.on('error', () => {})
    response.destroy()
  })
  outgoing.on('error', (error) => resolve(describe(error, signal)))
  // Of a 101, which nobody asked for, Node drops the connection and tells no error.
  outgoing.on('close', () => resolve('ended the connection without an answer'))
  outgoing.end()
  return promise
}

/** Whether a check takes a status for good health. */
export function isHealthy(status: number, statuses: readonly number[]): boolean {
  return statuses.length === 0 ? status >= 200 && status < 400 : statuses.includes(status)
}

function dialOptions(address: SocketAddress): { host: string; port: number } | { path: string } {
  return address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port }
}

function describe(error: Error, signal: AbortSignal): string {
  if (signal.aborted) return 'did not answer in time'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
