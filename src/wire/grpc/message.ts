/** A message as it stands in a gRPC body: not compressed, its length in front. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export function lengthPrefixed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** The one message of a body; text when it is not exactly one that is not compressed: what is wrong. */
export function onlyMessage(body: Buffer): Buffer | string {
  if (body.length < prefixBytes) return 'half a message'
  if (body[0] !== 0) return 'a compressed message'
  const end = prefixBytes + body.readUInt32BE(1)
  if (body.length !== end) return body.length < end ? 'half a message' : 'more than one message'
  return body.subarray(prefixBytes, end)
}

const prefixBytes = 5
