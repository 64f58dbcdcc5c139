import { errorCode, firstWindow, mostPayload, mostWindow, setting } from './protocol.ts'

/** Bytes of one setting. */
export const settingBytes = 6

const largestPayload = 0xff_ffff

/** What the peer has said of itself, from the values on that hold when it says nothing. RFC 9113 §6.5.2. */
export class PeerSettings {
  headerTable = 4096
  /** Of new streams. */
  streamWindow = firstWindow
  /** Streams that we may have open at once. */
  streams = Number.POSITIVE_INFINITY
  /** Name + value + 32 for each field; advice. */
  headerList = Number.POSITIVE_INFINITY
  /** It takes extended CONNECT. RFC 8441. */
  extendedConnect = false

  /**
   * Takes the payload of a SETTINGS frame, whose length is a multiple of six.
   *
   * @returns the code of a connection error, or `noError`.
   */
  read(buffer: Buffer, start: number, end: number, role: 'server' | 'client'): number {
    for (let at = start; at + settingBytes <= end; at += settingBytes) {
      const code = this.#set(buffer.readUInt16BE(at), buffer.readUInt32BE(at + 2), role)
      if (code !== errorCode.noError) return code
    }
    return errorCode.noError
  }

  /** @param role ours: a server may not allow its client to push. */
  #set(id: number, value: number, role: 'server' | 'client'): number {
    switch (id) {
      case setting.headerTableSize:
        this.headerTable = value
        return errorCode.noError
      case setting.enablePush:
        return value === 0 || (value === 1 && role === 'server') ? errorCode.noError : errorCode.protocolError
      case setting.maxConcurrentStreams:
        this.streams = value
        return errorCode.noError
      case setting.initialWindowSize:
        if (value > mostWindow) return errorCode.flowControlError
        this.streamWindow = value
        return errorCode.noError
      case setting.maxFrameSize:
        return value >= mostPayload && value <= largestPayload ? errorCode.noError : errorCode.protocolError
      case setting.maxHeaderListSize:
        this.headerList = value
        return errorCode.noError
      case setting.enableConnectProtocol:
        return this.#setExtendedConnect(value)
      default:
        return errorCode.noError
    }
  }

  /** Once given it cannot be taken back. RFC 8441 §3. */
  #setExtendedConnect(value: number): number {
    if (value > 1 || (value === 0 && this.extendedConnect)) return errorCode.protocolError
    this.extendedConnect = value === 1
    return errorCode.noError
  }
}
