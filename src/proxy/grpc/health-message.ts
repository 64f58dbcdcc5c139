import { MessageWriter } from '../../wire/protobuf/message-writer.ts'

/** `HealthCheckResponse.ServingStatus`. https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto */
const servingStatuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const

/** `HealthCheckRequest`: field 1 is the service. @param service `""` is the whole server. */
export function serviceRequest(service: string): Buffer {
  return new MessageWriter().text(1, service).finish()
}

/** The status in the body of a response; says what is wrong where there is none. */
export function readServingStatus(body: Buffer): string {
  if (body.length < 5 || body[0] !== 0) return 'no plain message'
  const length = body.readUInt32BE(1)
  if (body.length < 5 + length) return 'half a message'
  const message = body.subarray(5, 5 + length)
  // Zero is not written: an empty message says UNKNOWN.
  if (length === 0) return servingStatuses[0]
  const isStatus = message[0] === 0x08 && message.length === 2
  return isStatus ? (servingStatuses[message[1] ?? 0] ?? `status ${message[1]}`) : 'another message'
}
