/** Length of the messages that the websocket cases send. */
export const payloadBytes = 64

const final = 0x80
const binary = 2

/** The head of a frame with a message, as servers send it. RFC 6455 §5.2. */
export const plainHead = Buffer.from([final | binary, payloadBytes])

const masked = 0x80

/** A frame with a message, as clients send it: masked with zeros, which leaves it as it is. */
export const maskedFrame = Buffer.concat([
  Buffer.from([final | binary, masked | payloadBytes, 0, 0, 0, 0]),
  Buffer.alloc(payloadBytes, 'message '),
])

/** The same, as servers send it. */
export const plainFrame = Buffer.concat([plainHead, Buffer.alloc(payloadBytes, 'message ')])

export const maskedBytes = maskedFrame.length
export const plainBytes = plainFrame.length
