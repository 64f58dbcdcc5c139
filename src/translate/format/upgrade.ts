import { isToken } from '../../http/tokens.ts'
import { Flaw, type Format } from './flaw.ts'

/** A protocol that a connection changes to, in lower case: `websocket`. */
export const upgradeProtocol: Format<string> = {
  noun: 'a protocol',
  example: '"websocket"',
  pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z/-]+$",
  read(text) {
    const name = text.toLowerCase()
    if (name === 'h2c' || name === 'h2')
      return new Flaw(
        'is not upgraded to: HTTP/2 begins with prior knowledge',
        'leave it out, and see "h2c" of listeners',
      )
    return text.length <= 64 && text.split('/').every(isToken)
      ? name
      : new Flaw('is not a name of a protocol', `write ${this.example}`)
  },
}

/** Where a page comes from, as browsers write it (RFC 6454 §6.1): `"https://shop.example.com"`, `"http://localhost:3000"`. */
export const httpOrigin: Format<string> = {
  noun: 'an origin',
  example: '"https://shop.example.com"',
  pattern: '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#@\\s]+$',
  read(text) {
    const origin = text.toLowerCase()
    if (/^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._:[\]-]+$/.test(origin) && text.length <= 300) {
      const usual = origin.replace(/^(https:\/\/.*):443$|^(http:\/\/.*):80$/, '$1$2')
      return usual === origin
        ? origin
        : new Flaw('has the usual port, which browsers leave out', `write "${usual}"`)
    }
    return new Flaw('is not an origin', `write ${this.example}, without a path`)
  },
}

/** A gRPC service with its package: `shop.v1.Orders`. */
export const grpcService: Format<string> = {
  noun: 'a gRPC service',
  example: '"shop.v1.Orders"',
  pattern: '^[A-Za-z_][A-Za-z0-9_.]*$',
  read(text) {
    return /^[A-Za-z_][A-Za-z0-9_.]{0,254}$/.test(text)
      ? text
      : new Flaw('is not a name of a gRPC service', `write ${this.example}`)
  },
}
