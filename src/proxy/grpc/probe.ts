import type { Duplex } from 'node:stream'
import { isHealthy, networkProbe, openProbe, type Probe, type ProbeTarget } from '../../upstream/probe.ts'
import { lengthPrefixed } from '../../wire/grpc/message.ts'
import { requestOnce } from '../h2/request-once.ts'
import { readServingStatus, serviceRequest } from './health-message.ts'
import { grpcCode, readGrpcStatus } from './status.ts'

/** Opens a connection for a check, which the signal ends. */
export type OpenProbe = (target: ProbeTarget, signal: AbortSignal) => Duplex

/**
 * Checks by `grpc.health.v1.Health/Check` where a cluster asks for it, by HTTP/2 where a cluster speaks that, and as `otherwise` does
 * else.
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function healthProbe(otherwise: Probe = networkProbe, open: OpenProbe = openAsTraffic): Probe {
  return async (target, signal) => {
    const ask = askerOf(target)
    if (ask === undefined) return otherwise(target, signal)
    try {
      return await ask(target, open(target, signal))
    } catch (error) {
      if (signal.aborted) return 'did not answer in time'
      return describe(error)
    }
  }
}

function askerOf({ check, protocol }: ProbeTarget): typeof probeGrpc | undefined {
  if (check.kind === 'grpc') return probeGrpc
  return check.kind === 'http' && protocol === 'h2' ? probeHttp2 : undefined
}

/** A GET that looks at the status alone. */
async function probeHttp2({ authority, check }: ProbeTarget, socket: Duplex): Promise<string> {
  const { status } = await requestOnce(socket, {
    pseudo: {
      method: 'GET',
      scheme: 'encrypted' in socket ? 'https' : 'http',
      authority: check.host === '' ? authority : check.host,
      path: check.path,
      protocol: '',
    },
    fields: 'user-agent: tidegate-health\r\n',
    body: Buffer.alloc(0),
  })
  return isHealthy(status, check.statuses) ? '' : `answered ${status}`
}

async function probeGrpc({ authority, check }: ProbeTarget, socket: Duplex): Promise<string> {
  const { status, fields, body, trailers } = await requestOnce(socket, {
    pseudo: {
      method: 'POST',
      scheme: 'encrypted' in socket ? 'https' : 'http',
      authority: check.host === '' ? authority : check.host,
      path: '/grpc.health.v1.Health/Check',
      protocol: '',
    },
    fields: 'content-type: application/grpc\r\nte: trailers\r\nuser-agent: tidegate-health\r\n',
    body: lengthPrefixed(serviceRequest(check.path)),
  })
  if (status !== 200) return `answered ${status}`
  const code = Math.max(readGrpcStatus(trailers), readGrpcStatus(fields))
  if (code !== grpcCode.ok) return code < 0 ? 'answered without grpc-status' : `answered grpc-status ${code}`
  const serving = readServingStatus(body)
  return serving === 'SERVING' ? '' : `answered ${serving}`
}

function openAsTraffic(target: ProbeTarget, signal: AbortSignal): Duplex {
  return openProbe(target, signal, () => {})
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
