import { request } from 'node:http'
import { connect } from 'node:net'
import type { HealthCheck } from '../model/cluster.ts'
import type { SocketAddress } from '../model/listener.ts'

/** What is asked, and how. */
export interface ProbeTarget {
  readonly address: SocketAddress
  /** Host and port, for the Host header of a check that names none. */
  readonly authority: string
  readonly check: HealthCheck
}

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

function probeTcp({ address }: ProbeTarget, signal: AbortSignal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect({ ...dialOptions(address), signal })
  socket.once('connect', () => {
    resolve('')
    socket.destroy()
  })
  socket.on('error', (error) => resolve(describe(error, signal)))
  return promise
}

/** A GET that looks at the status alone. */
function probeHttp({ address, authority, check }: ProbeTarget, signal: AbortSignal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const headers = { host: check.host === '' ? authority : check.host, 'user-agent': 'tidegate-health' }
  const target = address.kind === 'unix' ? { socketPath: address.path } : dialOptions(address)
  const outgoing = request({ ...target, path: check.path, headers, agent: false, signal }, (response) => {
    const status = response.statusCode ?? 0
    resolve(isHealthy(status, check.statuses) ? '' : `answered ${status}`)
    response.on('error', () => {})
    response.destroy()
  })
  outgoing.on('error', (error) => resolve(describe(error, signal)))
  outgoing.end()
  return promise
}

function isHealthy(status: number, statuses: readonly number[]): boolean {
  return statuses.length === 0 ? status >= 200 && status < 400 : statuses.includes(status)
}

function dialOptions(address: SocketAddress): { host: string; port: number } | { path: string } {
  return address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port }
}

function describe(error: Error, signal: AbortSignal): string {
  if (signal.aborted) return 'did not answer in time'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
