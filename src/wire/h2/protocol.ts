/** Frame types. RFC 9113 §6, RFC 9218 §7.1. */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
  priorityUpdate: 16,
} as const

/** Flags of frames; `ack` is of SETTINGS and PING. */
export const flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const

/** Error codes of RST_STREAM and GOAWAY. RFC 9113 §7. */
export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const

const names = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
]

/** How the RFC calls an error code, for log lines. */
export function errorName(code: number): string {
  return names[code] ?? `error ${code}`
}

/** Settings. RFC 9113 §6.5.2, RFC 8441 §3. */
export const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
} as const

export const frameHeaderBytes = 9

/** The largest payload that we take, and that we send. */
export const mostPayload = 16_384

/** What windows start with before any setting. */
export const firstWindow = 65_535
export const mostWindow = 0x7fff_ffff
export const lastStreamId = 0x7fff_ffff

/** What a client sends before its first frame. RFC 9113 §3.4. */
export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
