import { fieldValue } from '../../http/field-block.ts'
import type { Reason } from '../../model/reasons.ts'
import { errorCode } from '../../wire/h2/protocol.ts'

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const grpcCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

/** The highest code there is. */
export const lastGrpcCode = 16

/** Reasons that say more than the status they are answered with over HTTP. */
const codeByReason: Readonly<Partial<Record<Reason, number>>> = {
  bad_grpc_timeout: grpcCode.invalidArgument,
  client_closed: grpcCode.cancelled,
  write_stalled: grpcCode.cancelled,
  body_too_large: grpcCode.resourceExhausted,
  rate_limited: grpcCode.resourceExhausted,
  concurrency_limited: grpcCode.resourceExhausted,
  head_too_large: grpcCode.resourceExhausted,
  too_many_fields: grpcCode.resourceExhausted,
  trailers_too_large: grpcCode.resourceExhausted,
  upstream_head_too_large: grpcCode.resourceExhausted,
  response_too_large: grpcCode.resourceExhausted,
  request_body_timeout: grpcCode.deadlineExceeded,
  route_timeout: grpcCode.deadlineExceeded,
  response_timeout: grpcCode.deadlineExceeded,
  upstream_bad_response: grpcCode.internal,
  internal_error: grpcCode.internal,
  redirect: grpcCode.unimplemented,
  extension_protocol: grpcCode.unimplemented,
}

/** https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md; 405 and 5xx by analogy. */
const codeByStatus: ReadonlyMap<number, number> = new Map<number, number>([
  [200, grpcCode.unknown],
  [400, grpcCode.internal],
  [401, grpcCode.unauthenticated],
  [403, grpcCode.permissionDenied],
  [404, grpcCode.unimplemented],
  [405, grpcCode.unimplemented],
  [429, grpcCode.unavailable],
  [500, grpcCode.internal],
  [502, grpcCode.unavailable],
  [503, grpcCode.unavailable],
  [504, grpcCode.unavailable],
])

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors */
const codeByReset: ReadonlyMap<number, number> = new Map<number, number>([
  [errorCode.noError, grpcCode.internal],
  [errorCode.protocolError, grpcCode.internal],
  [errorCode.internalError, grpcCode.internal],
  [errorCode.flowControlError, grpcCode.internal],
  [errorCode.settingsTimeout, grpcCode.internal],
  [errorCode.frameSizeError, grpcCode.internal],
  [errorCode.refusedStream, grpcCode.unavailable],
  [errorCode.cancel, grpcCode.cancelled],
  [errorCode.compressionError, grpcCode.internal],
  [errorCode.connectError, grpcCode.internal],
  [errorCode.enhanceYourCalm, grpcCode.resourceExhausted],
  [errorCode.inadequateSecurity, grpcCode.permissionDenied],
])

/**
 * The code that a reply of the gateway's own becomes for a gRPC client.
 *
 * @param status what it would be over plain HTTP.
 * @param resetCode of the reset by which an endpoint ended the response; -1 when none did.
 */
export function grpcCodeOf(reason: Reason, status: number, resetCode: number): number {
  return codeByReset.get(resetCode) ?? codeByReason[reason] ?? grpcCodeOfStatus(status)
}

/** The code of a response that brought none. */
export function grpcCodeOfStatus(status: number): number {
  return codeByStatus.get(status) ?? grpcCode.unknown
}

/** The code in a response's head or trailers; -1 when there is none that can be read. */
export function readGrpcStatus(fields: string): number {
  const text = fieldValue(fields, 'grpc-status')
  return text !== undefined && /^[0-9]{1,4}$/.test(text) ? Number(text) : -1
}

/** The field lines that end a call. @param message UTF-8 text. */
export function grpcStatusFields(code: number, message: string): string {
  return `grpc-status: ${code}\r\ngrpc-message: ${percentEncoded(message)}\r\n`
}

const plainByte = /^[\x20-\x24\x26-\x7e]*$/

/** `Percent-Encoded` of gRPC's protocol: UTF-8, everything but printable ASCII, and the percent sign, as `%XX`. */
function percentEncoded(message: string): string {
  if (plainByte.test(message)) return message
  let text = ''
  for (const byte of Buffer.from(message)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25
    text += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}
