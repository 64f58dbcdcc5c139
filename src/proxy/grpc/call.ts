import { fieldValue, withField } from '../../http/field-block.ts'
import { reasonPhrase } from '../../http/status.ts'
import type { LocalReply } from '../../model/reply.ts'
import { leavesOf } from '../../names/leaves.ts'
import type { NameTree } from '../../names/name-tree.ts'
import type { Ms } from '../../std/units.ts'
import type { Cluster } from '../../upstream/cluster.ts'
import type { Exchange } from '../exchange.ts'
import { rescue } from '../rescue.ts'
import { grpcCode, grpcCodeOf, grpcCodeOfStatus, grpcStatusFields } from './status.ts'
import { parseGrpcTimeout, printGrpcTimeout } from './timeout.ts'

/** `application/grpc`, with a format or parameters; `application/grpc-web` is another protocol, which plain HTTP carries. */
const grpcType = /^application\/grpc(?:$|[+; \t])/i

/**
 * Sees whether a POST is a gRPC call, and takes its deadline: `exchange.isGrpc` is set then.
 *
 * @returns the answer to a call that cannot be carried.
 */
export function recogniseGrpc(exchange: Exchange): LocalReply | undefined {
  const { fields } = exchange.head
  if (!isCallType(fields)) return undefined
  if (exchange.protocol !== 'HTTP/2') return rescue('grpc_needs_http2', exchange.protocol)
  exchange.isGrpc = true
  const timeout = fieldValue(fields, 'grpc-timeout')
  if (timeout === undefined) return undefined
  const ms = parseGrpcTimeout(timeout)
  if (ms === undefined) return rescue('bad_grpc_timeout', `grpc-timeout "${timeout.slice(0, 40)}"`)
  if (ms === 0) return rescue('route_timeout', 'a grpc-timeout of 0')
  exchange.totalAt = exchange.started + ms
  return undefined
}

/** Whether a POST with these fields is a gRPC call. */
export function isCallType(fields: string): boolean {
  return grpcType.test(fieldValue(fields, 'content-type') ?? '')
}

/** Whether a call may come to an endpoint as one: gRPC needs HTTP/2. */
export function carriesCalls(target: NameTree<Pick<Cluster, 'spec'>>): boolean {
  // Nearly always, and for every call.
  if (target.kind === 'leaf') return target.value.spec.protocol === 'h2'
  return leavesOf(target).some(({ spec }) => spec.protocol === 'h2')
}

/** The fields of a call as they go upstream: with what is left of its time. */
export function callFields(exchange: Exchange, fields: string, now: Ms): string {
  if (exchange.totalAt === Number.POSITIVE_INFINITY) return fields
  return withField(fields, 'grpc-timeout', printGrpcTimeout(exchange.totalAt - now))
}

/** Lines that end a call with a reply of the gateway's own: the only head of its response, or trailers when there was one. */
export function callStatusFields(exchange: Exchange, reply: LocalReply): string {
  const code = grpcCodeOf(reply.reason, reply.status, exchange.resetCode)
  exchange.grpcStatus = code
  const isDetailed = exchange.listenerRuntime?.spec.errorDetail === 'on'
  return grpcStatusFields(code, isDetailed ? reply.detail : reasonPhrase(reply.status))
}

/** The code of a call that ended without one. */
export function assumedStatus(exchange: Exchange): number {
  return exchange.reason === 'client_closed' ? grpcCode.cancelled : grpcCodeOfStatus(exchange.status)
}
