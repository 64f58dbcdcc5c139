import { Sender } from 'ws'

/** RFC 6455 §11.8. */
export const opcodes = { close: 8, ping: 9 } as const

/** A control frame as an endpoint sends it to its client. */
export function endpointFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat(Sender.frame(payload, { fin: true, rsv1: false, opcode, mask: false, readOnly: true }))
}

/** A control frame as a client sends it: masked, RFC 6455 §5.3. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat(Sender.frame(payload, { fin: true, rsv1: false, opcode, mask: true, readOnly: true }))
}

/** What a Close carries: its code. RFC 6455 §5.5.1. */
export function closePayload(code: number): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return payload
}
