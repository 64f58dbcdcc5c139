/** RFC 8446 §6.2: the alerts we send before OpenSSL has seen the connection. */
export const alerts = {
  illegalParameter: 47,
  decodeError: 50,
  internalError: 80,
  unrecognizedName: 112,
} as const

export type Alert = (typeof alerts)[keyof typeof alerts]

/** The record of a fatal alert; its version is the one every client accepts before a version is agreed on. */
export function fatalAlert(alert: Alert): Buffer {
  return Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, alert])
}
